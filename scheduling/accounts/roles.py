"""What an account may do, and where: values in, answers out."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody came to do."""

    ADMIN = "admin"  # everything, everywhere
    EDITOR = "editor"  # sees and edits the wards named for him, and these alone
    READER = "reader"  # sees the wards named for him, or all of them: the switchboard


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in."""

    id: int
    email: str  # lower case: what he signs in with
    name: str
    phone: str | None  # E.164
    language: str
    role: Role
    all_wards: bool  # of a reader
    ward_ids: frozenset[int]  # named for him; an administrator needs none

    @property
    def administers(self) -> bool:
        """Whether he may do everything."""
        return self.role is Role.ADMIN

    @property
    def edits(self) -> bool:
        """Whether he may change anything at all."""
        return self.role is not Role.READER

    def may_see(self, ward_id: int) -> bool:
        """Whether this ward exists for him."""
        return self.administers or self.all_wards or ward_id in self.ward_ids

    def may_edit(self, ward_id: int) -> bool:
        """Whether he may change its rota."""
        return self.administers or (self.edits and ward_id in self.ward_ids)
