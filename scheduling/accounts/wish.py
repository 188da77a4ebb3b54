"""What an administrator wants an account to be, and what is wrong with it. Values in, values out."""

import re
from dataclasses import dataclass
from enum import StrEnum

from scheduling.accounts.roles import Account, Role

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
LONGEST = 200


class Refusal(StrEnum):
    """Why an account is not made or not changed."""

    EMAIL = "email"  # not an address
    TAKEN = "taken"  # somebody signs in with it already
    NAME = "name"
    WARDS = "wards"  # an editor, or a reader who does not see all, of no ward
    LAST_ADMIN = "last_admin"  # nobody would be left to let anybody in
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Wish:
    """What an administrator wants an account to be."""

    email: str
    name: str
    role: Role
    ward_ids: frozenset[int] = frozenset()
    all_wards: bool = False
    phone: str | None = None  # E.164
    language: str = "fr"

    @classmethod
    def of(cls, account: Account) -> "Wish":
        """What it is already."""
        return cls(
            account.email,
            account.name,
            account.role,
            account.ward_ids,
            account.all_wards,
            account.phone,
            account.language,
        )

    @property
    def kept(self) -> "Wish":
        """As it is stored: nothing that its role does not use."""
        named = frozenset() if self.role is Role.ADMIN or self.sees_all else self.ward_ids
        return Wish(
            self.email.strip().lower(),
            " ".join(self.name.split()),
            self.role,
            named,
            self.sees_all,
            self.phone,
            self.language,
        )

    @property
    def sees_all(self) -> bool:
        """A reader of the whole house."""
        return self.role is Role.READER and self.all_wards

    def objection(self) -> Refusal | None:
        """What is wrong with it in itself."""
        if len(self.email) > LONGEST or not _EMAIL.fullmatch(self.email.strip()):
            return Refusal.EMAIL
        if not 2 <= len(self.name.strip()) <= LONGEST:
            return Refusal.NAME
        if self.role is not Role.ADMIN and not self.sees_all and not self.ward_ids:
            return Refusal.WARDS
        return None
