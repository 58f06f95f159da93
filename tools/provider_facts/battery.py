"""Texts for every argument that refuses some: short ones for all, many for those with a pattern."""

from __future__ import annotations

from collections.abc import Sequence

_ACCOUNT = "123456789012"
_STATEMENT = '"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]'

#: For every argument: forms that have a name.
SHORT: Sequence[str] = (
    *("", "a", "A", "1", "0", "-1", "1.5", "true", "abc-def", "ABC_def", "a b!c", "é\n", "a" * 600),
    *(f"arn:aws:iam::{_ACCOUNT}:role/r", "arn:aws:s3:::bucket/*", f"arn:aws:sns:us-east-1:{_ACCOUNT}:t", "arn:foo"),
    *("arn:aws-cn:lambda:cn-north-1:1234:function:f", "arn:xyz:iam::123456789012:role/r", "arn:aws:iam::12:role/r"),
    *("arn:aws:iam::123456789012:", "arn:aws:s3:nowhere::b", "ARN:AWS:S3:::B", "arn:aws:iam:us-east-1:aws:policy/p"),
    *(
        "arn:aws:elasticloadbalancing:us-east-1:aws-managed:x",
        "arn::s3:::b",
        "arn:aws::::x",
        "arn:aws:s3:us-east-1-x:1:b",
    ),
    *("{}", "[]", "{", '"a"', "null", ' {"a":1}', '{"a":1}', '{"a":1,"a":2}', '{"a":NaN}', "{'a':1}", '{"a":1}x'),
    *(f'{{"Version":"2012-10-17",{_STATEMENT}}}', f"{{{_STATEMENT}}}", '{"Version":"2012-10-17"}', '[{"a":1}]'),
    *("10.0.0.0/16", "10.0.0.1/16", "10.0.0.0/33", "10.0.0.0", "10.0.0.256", "010.0.0.0/8", "0.0.0.0/0", "10.0.0.0/8"),
    *(
        "10.0.0.0/29",
        "10.0.0.1/32",
        "10.0.0.0/28",
        "10.0.0.0/15",
        "10.0.0/8",
        "::/0",
        "2001:db8::/32",
        "2001:db8::1/32",
    ),
    *("::1", "2001:db8::1", "fe80::1%eth0", "::ffff:1.2.3.4", "2001:db8::/129", "2600:1f00::/56", "2600:1f00::/64"),
    *(
        "2024-01-01T00:00:00Z",
        "2024-01-01",
        "2024-01-01T00:00:00",
        "2024-13-01T00:00:00Z",
        "2024-01-01T00:00:00.5+02:00",
    ),
    *(
        "10:00",
        "25:00",
        "10:00-12:00",
        "03:00-04:00",
        "sun:05:00-sun:06:00",
        "Sun:05:00-Mon:06:00",
        "mon:1:00-mon:2:00",
    ),
    *("5m", "1h30m", "90s", "10", "5 minutes", "1d", "-5m", "1.5h", "PT1H", "P1D", "300ms", "5M"),
    *("rate(5 minutes)", "rate(1 minute)", "cron(0 12 * * ? *)", "at(2024-01-01T00:00:00)", "0 12 * * *"),
    *(_ACCOUNT, "12345678901", "us-east-1", "us-east-1a", "us-nowhere-1", "eu-central-2", "aws", "default"),
    *(
        "http://example.com",
        "https://example.com",
        "https://example.com/x?y=z",
        "ftp://example.com",
        "https://",
        "://x",
    ),
    *("example.com", "example.com.", "*.example.com", "-example.com", "user@example.com", "user@", "@example.com"),
    *(
        "s3://bucket",
        "s3://bucket/key/",
        "alias/x",
        "alias/aws/x",
        "/a/b",
        "/",
        "a/b",
        "a:b",
        "a,b",
        "$LATEST",
        "*",
        ".",
    ),
    *("1b4e28ba-2fa1-11d2-883f-0016d3cca427", "YWJj", "YWJj=", "dGVzdA==", "not base64!", "0123456789abcdef" * 4),
    *("ami-0123456789abcdef0", "vpc-12345678", "subnet-1", "sg-12345678", "i-0123456789abcdef0", "t3.micro", "gp3"),
    *(
        "1.2",
        "1.2.3",
        "v1",
        "5.7.mysql_aurora.2.03.2",
        "65536",
        "65535",
        "80",
        "99999999999",
        "1024",
        "7",
        "0.5",
        "100",
    ),
)

_CHARACTERS = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\t\n" + "Az5é日"
_LENGTHS = (
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    12,
    15,
    16,
    17,
    20,
    21,
    24,
    25,
    28,
    30,
    32,
    33,
    36,
    40,
    41,
    48,
    50,
    51,
    60,
    63,
    64,
)
_LONGER = (65, 80, 100, 101, 128, 129, 140, 150, 200, 201, 223, 229, 240, 250, 255, 256, 257, 300, 400, 500, 512, 513)

#: Each character inside, before and after a text: what a pattern accepts in addition to the other texts.
PLACED: Sequence[str] = tuple(made for one in _CHARACTERS for made in (f"{one}bc1", f"a{one}c1", f"ab1{one}"))

#: For arguments with a pattern: each character alone, first, inside and last; doubled marks; lengths.
LONG: Sequence[str] = tuple(
    dict.fromkeys(
        (
            *_CHARACTERS,
            *PLACED,
            *(f"a{one}{one}b" for one in "-_./ +"),
            *("1abc", "abc1", "ABC", "aBc", "abc", "123", "Abc", "abC", "a1", "1a", "A1", "ab", "0abc", "abc0"),
            *("my-name", "my_name", "My-Name", "My Name", "name.with.dots", "a-b-c", "a.b-c_d", "name.fifo", ".fifo"),
            *("aws-name", "AWS", "awsx", "aws:x", "AWSName", "xn--abc", "a-s3alias", "sthree-a", "name--ol-s3"),
            *(
                "a/b/c",
                "a/b/",
                "/a",
                "a//b",
                "a\\b",
                "a=b",
                "a&b",
                "<a>",
                "a@b.co",
                "a;b",
                "{a}",
                "${a}",
                "a#b",
                "a%20b",
            ),
            *("a" * length for length in (*_LENGTHS, *_LONGER)),
            *("a1-" * length + "z" for length in (1, 2, 5, 10, 20, 21, 40, 80)),
            *("1" * length for length in (2, 3, 4, 5, 8, 10, 11, 12, 13, 16, 32, 64)),
            *("A" * length for length in (2, 4, 8, 16, 32, 64)),
        )
    )
)
