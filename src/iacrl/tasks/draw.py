"""Large pools of realistic names and values, and `Draw`, which draws from them.

Names are combined from parts, so a right answer has to copy them from the instruction.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from iacrl.tasks import words

T = TypeVar("T")


class Draw:
    """Draws names and values from one seeded source. Every method depends only on that source."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def choice(self, options: Sequence[T]) -> T:
        """Return one of `options`."""
        return self.rng.choice(options)

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """Return `count` different elements of `options`."""
        return self.rng.sample(options, count)

    def number(self, low: int, high: int, step: int = 1) -> int:
        """Return a multiple of `step` above `low`, from `low` to `high` inclusive."""
        return self.rng.randrange(low, high + 1, step)

    def chance(self, share: float = 0.5) -> bool:
        """Return True with this probability."""
        return self.rng.random() < share

    def name(self, separator: str = "-") -> str:
        """Return a name such as `billing-worker`, `eu-orders-cache` or `search-api-prod`."""
        parts = [self.choice(words.SERVICES), self.choice(words.COMPONENTS)]
        form = self.rng.random()
        if form < 0.3:
            parts.append(self.choice(words.STAGES))
        elif form < 0.45:
            parts.insert(0, self.choice(words.STAGES))
        elif form < 0.6:
            parts.append(str(self.number(1, 99)))
        return separator.join(parts)

    def identifier(self) -> str:
        """Return an identifier such as `orders` or `audit_log`."""
        if self.chance():
            return self.choice(words.SERVICES)
        return f"{self.choice(words.SERVICES)}_{self.choice(words.COMPONENTS)}"

    def bucket_name(self) -> str:
        """Return a bucket name that looks globally unique, such as `acme-orders-archive-4821`."""
        what = f"{self.choice(words.SERVICES)}-{self.choice(words.STORES)}"
        return f"{self.choice(words.COMPANIES)}-{what}-{self.number(100, 9999)}"

    def tags(self, count: int) -> dict[str, str]:
        """Return `count` tags with realistic keys."""
        makers = {
            "Environment": lambda: self.choice(words.STAGES),
            "Team": lambda: self.choice(words.TEAMS),
            "Owner": lambda: self.choice(words.PEOPLE),
            "CostCenter": lambda: f"cc-{self.number(1000, 9999)}",
            "Project": lambda: self.choice(words.SERVICES),
            "Service": lambda: f"{self.choice(words.SERVICES)}-{self.choice(words.COMPONENTS)}",
            "Tier": lambda: self.choice(("gold", "silver", "bronze", "critical", "standard")),
            "Department": lambda: self.choice(words.TEAMS),
        }
        return {key: makers[key]() for key in self.sample(list(makers), count)}

    def labels(self, count: int) -> dict[str, str]:
        """Return `count` labels with lower-case keys."""
        makers = {
            "tier": lambda: self.choice(("frontend", "backend", "cache", "database", "edge", "batch")),
            "env": lambda: self.choice(words.STAGES),
            "team": lambda: self.choice(words.TEAMS),
            "track": lambda: self.choice(("stable", "canary", "beta")),
            "owner": lambda: self.choice(words.PEOPLE),
            "release": lambda: f"v{self.number(1, 40)}",
            "part-of": lambda: self.choice(words.SERVICES),
        }
        return {key: makers[key]() for key in self.sample(list(makers), count)}

    def namespace(self) -> str:
        """Return a namespace such as `payments-prod`."""
        return f"{self.team()}-{self.stage()}"

    def account(self) -> str:
        """Return an account number of twelve digits."""
        return str(self.number(10**11, 10**12 - 1))

    def hex(self, digits: int = 8) -> str:
        """Return hexadecimal digits, as in `subnet-0a1b2c3d`."""
        return f"{self.rng.getrandbits(4 * digits):0{digits}x}"

    def domain(self) -> str:
        """Return a domain name such as `shop.acme.example`."""
        return (
            f"{self.choice(words.SERVICES)}.{self.choice(words.COMPANIES)}.{self.choice(('com', 'io', 'net', 'org'))}"
        )

    def email(self) -> str:
        """Return an address such as `alice@acme.com`."""
        return f"{self.choice(words.PEOPLE)}@{self.choice(words.COMPANIES)}.com"

    def team(self) -> str:
        """Return a team's name."""
        return self.choice(words.TEAMS)

    def stage(self) -> str:
        """Return a stage such as `prod`."""
        return self.choice(words.STAGES)

    def region(self) -> str:
        """Return the name of a region such as `eu-west-1`."""
        return self.choice(words.REGIONS)

    def image(self) -> str:
        """Return a container image with a tag."""
        if self.chance(0.4):
            name, versions = self.choice(words.PUBLIC_IMAGES)
            return f"{name}:{self.choice(versions)}"
        registry = self.choice(words.REGISTRIES)
        name = f"{self.choice(words.SERVICES)}-{self.choice(words.COMPONENTS)}"
        return f"{registry}/{name}:{self.number(0, 9)}.{self.number(0, 30)}.{self.number(0, 20)}"

    def port(self) -> int:
        """Return a typical port of an application."""
        return self.choice((self.choice(words.PORTS), self.number(3000, 9999)))

    def cidr(self, prefix: int) -> str:
        """Return a private IPv4 network with this prefix length."""
        first = self.choice((10, 10, 172, 192))
        address = {
            10: 10 << 24 | self.number(0, 2**24 - 1),
            172: (172 << 8 | self.number(16, 31)) << 16,
            192: 192 << 24 | 168 << 16,
        }[first]
        if first != 10:
            address |= self.number(0, 2**16 - 1)
            prefix = max(prefix, 17)
        address &= (2**32 - 1) << (32 - prefix)
        return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0)) + f"/{prefix}"

    def cron(self) -> str:
        """Return a cron schedule."""
        minute, hour = self.number(0, 59), self.number(0, 23)
        return self.choice(
            (
                f"{minute} {hour} * * *",
                f"{minute} {hour} * * {self.number(0, 6)}",
                f"{minute} {hour} {self.number(1, 28)} * *",
                f"*/{self.choice((5, 10, 15, 20, 30))} * * * *",
                f"{minute} */{self.choice((2, 3, 4, 6, 8, 12))} * * *",
                f"{minute} {hour} * * 1-5",
            )
        )

    def settings(self, count: int) -> dict[str, str]:
        """Return `count` settings in the form of environment variables."""
        makers: dict[str, Callable[[], str]] = {
            "LOG_LEVEL": lambda: self.choice(("debug", "info", "warn", "error")),
            "API_URL": lambda: f"https://{self.domain()}/v{self.number(1, 4)}",
            "REGION": self.region,
            "FEATURE_SET": lambda: self.choice(words.SERVICES),
            "DB_HOST": lambda: f"{self.choice(words.SERVICES)}-db.{self.team()}.svc",
            "CACHE_TTL": lambda: str(self.number(2, 999)),
            "MAX_CONNECTIONS": lambda: str(self.number(2, 999)),
            "BATCH_SIZE": lambda: str(self.number(2, 999)),
            "RETRY_LIMIT": lambda: str(self.number(2, 50)),
            "WORKERS": lambda: str(self.number(2, 64)),
            "QUEUE_NAME": self.name,
        }
        return {key: makers[key]() for key in self.sample(list(makers), count)}
