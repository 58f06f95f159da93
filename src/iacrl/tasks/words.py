"""The parts of generated names."""

# ruff: noqa: SIM905 - a text of words is easier to read than a tuple of quoted ones

from __future__ import annotations

SERVICES = tuple(
    """orders billing search checkout catalog inventory payments shipping auth users profiles sessions metrics logs
    audit reports analytics events alerts notifications email sms media images videos uploads downloads exports
    imports pricing promo loyalty reviews ratings cart wishlist returns refunds invoices ledger accounts tax fraud
    risk kyc identity access tokens secrets config flags features jobs queue scheduler batch etl ingest stream feed
    timeline chat messages comments forum blog cms docs wiki support tickets crm leads campaigns ads tracking
    telemetry tracing maps geo routes fleet drivers trips bookings rooms flights weather sensors devices firmware
    gateway proxy edge cdn dns registry artifacts builds deploys releases backup archive vault mirror sandbox
    training models labels datasets claims policies quotes patients clinics lab courses exams grades""".split()
)
COMPONENTS = tuple(
    """api web worker cache db store service server backend frontend gateway proxy agent bot cron job sync indexer
    writer reader consumer producer processor handler router broker relay collector exporter importer loader monitor
    watcher runner builder portal console dashboard admin hub core engine index lookup replica primary buffer
    dispatcher mailer renderer scraper crawler archiver cleaner resolver validator""".split()
)
STORES = tuple(
    """data logs assets archive backups uploads exports artifacts media reports snapshots state static raw curated
    landing cold mirror documents invoices images videos models events""".split()
)
COMPANIES = tuple(
    """acme globex initech umbra northwind contoso fabrikam tailspin wingtip litware proseware adatum lamna bellows
    woodgrove nimbus cobalt quartz juniper harbor summit redwood cascade polaris vertex zephyr lumen arcadia
    meridian""".split()
)
TEAMS = tuple(
    """platform payments data search growth sre identity logistics billing mobile security network storage research
    frontend backend commerce finance marketing risk compliance devex tooling observability ml infra support
    partners content ops""".split()
)
PEOPLE = tuple(
    """alice bruno carla deniz elena farid grace hiro ines jonas kavya liam mina noah olga pavel quinn rosa sanjay
    tessa umar vera wei ximena yusuf zoe amara bjorn chloe diego""".split()
)
STAGES = ("dev", "test", "qa", "staging", "preprod", "prod", "sandbox", "demo", "perf", "uat")
REGIONS = tuple(
    """us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-north-1
    eu-south-1 ap-south-1 ap-southeast-1 ap-southeast-2 ap-northeast-1 ap-northeast-2 sa-east-1 me-south-1
    af-south-1""".split()
)
REGISTRIES = (
    "ghcr.io/acme",
    "ghcr.io/northwind",
    "registry.example.com",
    "registry.internal/apps",
    "docker.io/contoso",
    "quay.io/globex",
    "gcr.io/initech-prod",
    "harbor.example.net/platform",
)
PUBLIC_IMAGES = (
    ("nginx", ("1.25", "1.26", "1.27", "1.27-alpine", "1.25.3")),
    ("redis", ("6.2", "7.0", "7.2", "7.2-alpine", "7.4")),
    ("postgres", ("13", "14.11", "15", "16.2", "16-alpine")),
    ("busybox", ("1.35", "1.36", "1.36.1")),
    ("httpd", ("2.4", "2.4.58", "2.4-alpine")),
    ("python", ("3.11-slim", "3.12-slim", "3.12-alpine")),
    ("node", ("18-alpine", "20-alpine", "22-slim")),
    ("memcached", ("1.6", "1.6-alpine", "1.6.23")),
    ("rabbitmq", ("3.12", "3.13-management", "3.13")),
    ("mysql", ("8.0", "8.4", "8.0.36")),
    ("mongo", ("6.0", "7.0", "7.0.5")),
    ("haproxy", ("2.8", "2.9", "3.0")),
    ("traefik", ("v2.11", "v3.0", "v3.1")),
    ("alpine", ("3.18", "3.19", "3.20")),
)
PORTS = (80, 443, 3000, 3306, 4000, 5000, 5432, 6379, 7000, 8000, 8080, 8081, 8443, 8888, 9000, 9090, 9200, 27017)
