"""After a restore: what was sent between the copy and the disaster is not known, so the carrier is asked first.

Statements of the transaction that puts the register back; they hold for every revision from 0005 on. Clocks go on by
themselves, mailboxes are read again from where the copy had read them, and the carrier's lists are compared since then.
"""

from config.copies.manifest import Manifest

# An unwanted row that was being sent is not sent again. One that was never tried counts as tried: it may have been, and
# whoever does not hear of it within minutes is told another way.
_DOUBT = """
update outbox set state = 'dropped', settled_at = app_now(), lease_by = null, lease_real = null
  where state in ('waiting', 'sending') and unwanted;
update outbox set
    state = 'waiting', ambiguous = true, attempts = greatest(attempts, 1), asked_real = null, retry_real = null,
    attempted_real = least(coalesce(attempted_real, {snapshot}), {snapshot}), lease_by = null, lease_real = null
  where state in ('waiting', 'sending');
update recordings set lease_by = null, lease_real = null where lease_real is not null;
delete from heartbeats;
delete from canaries where state = 'placed';
insert into backups (kind, snapshot_real, detail)
  values ('restored', {snapshot}, jsonb_build_object('release', '{release}', 'revision', '{revision}'));
"""
_COUNT = """
do $$ begin
  if (select count(*) from "{table}") <> {rows} then raise exception '% has not the rows it had', '{table}'; end if;
end $$;
"""


def statements(manifest: Manifest) -> str:
    """What is done to a register that has just been put back, in the same transaction; its names were looked at."""
    counts = "".join(_COUNT.format(table=table, rows=rows) for table, rows in manifest.rows.items())
    snapshot = f"timestamptz '{manifest.snapshot_real.isoformat()}'"
    doubt = _DOUBT.format(snapshot=snapshot, release=manifest.release, revision=manifest.revision)
    return f"set search_path = public;\nset timezone = 'UTC';\n{counts}{doubt}"
