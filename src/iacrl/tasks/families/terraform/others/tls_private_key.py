"""A TLS key, then a self-signed certificate and a local copy."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={1: "algorithm and size", 2: "a key pair from it", 3: "a certificate", 4: "its uses"})
def tls_private_key(draw: Draw, level: int) -> Item:
    """Draw one key."""
    sheet = TerraformSheet(draw)
    label = f"{draw.choice(words.SERVICES)}_{draw.choice(('key', 'tls', 'ca', 'ssh'))}"
    sheet.say("resource name", label)
    key = sheet.resource("tls_private_key", "key", label, named=True)
    if draw.chance(0.6):
        key.put("algorithm", "RSA", "algorithm")
        key.put("rsa_bits", draw.choice((2048, 3072, 4096)), "size", show="{} bits")
    else:
        key.put("algorithm", "ECDSA", "algorithm")
        key.put("ecdsa_curve", draw.choice(("P224", "P256", "P384", "P521")), "curve")
    if level == 2:
        pair = sheet.resource("aws_key_pair", "pair")
        pair.put("key_name", draw.name(), "AWS key pair made from it")
        pair.refer("public_key", key, "public_key_openssh")
    if level >= 3:
        certificate = sheet.resource("tls_self_signed_cert", "certificate")
        certificate.refer("private_key_pem", key, ["private_key_pem", "private_key_pem_pkcs8"])
        certificate.put(
            "validity_period_hours", draw.number(24, 8760, 12), "self-signed certificate valid for", show="{} hours"
        )
        uses = draw.sample(("key_encipherment", "digital_signature", "server_auth", "client_auth", "cert_signing"), 2)
        sheet.say("allowed uses", " and ".join(uses))
        certificate.put("allowed_uses", uses, test={"items": uses})
        certificate.put("subject[0].common_name", draw.domain(), "common name")
    if level >= 4:
        certificate.put("subject[0].organization", draw.choice(words.COMPANIES).title(), "organization")
        names = [draw.domain(), draw.domain()]
        sheet.say("DNS names", " and ".join(names))
        certificate.put("dns_names", names, test={"items": names})
    return sheet.item("a TLS private key", "a tls_private_key resource")
