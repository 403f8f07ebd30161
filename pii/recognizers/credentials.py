"""Credentials and secrets in text (11 CCR 7024(d)): passwords, keys, tokens."""

from __future__ import annotations

import re
from collections import Counter
from math import log2

import regex

from pii.recognizers.groups import GroupRecognizer, Needs

_PASSWORDS = (
    "password", "passwd", "passphrase", "passcode", "pwd", "pw", "passwort", "kennwort", "pin", "mot de passe", "mdp",
    "contraseña", "clave", "wachtwoord", "senha", "parola d'ordine", "hasło", "lösenord", "geheimzahl", "密码", "密碼", "口令",
    "sicherheitsantwort", "security answer", "密保答案",
)  # fmt: skip
_LABEL = (
    r"(?:(?:pass(?:word|wd|phrase|code|wort)|pwd?|kennwort|mot de passe|mdp|contraseña|wachtwoord|senha|parola d'ordine|hasło|"
    r"lösenord|geheimzahl|pin(?:[ -]?(?:code|number|nummer))?|sicherheitsantwort|security answer)|密码|密碼|口令|密保答案)"
)


class PasswordRecognizer(GroupRecognizer):
    """What a text itself calls a password, PIN or security answer, and passwords within the addresses of services."""

    ENTITY = "PASSWORD"
    SCORE = 0.7
    NEEDS = Needs(any_of=(*_PASSWORDS, "://"))
    EXPRESSIONS = (
        regex.compile(
            rf"(?<!\p{{Latin}}){_LABEL}(?:[ \t]{{1,3}}(?:is|lautet|ist|est|es|è|é))?[\"'】]?[ \t]{{0,3}}"
            r"(?:[:：=是为為]|(?<=】)|(?<=[码碼令])(?=[!-~]))[ \t]{0,3}[\"'“‘]?(?P<found>[^\s,;，。；<>\"'“”‘’]{4,64})(?<!\.)",
            regex.I,
        ),
        # Without a colon only what is no word: "my password is hunter2".
        regex.compile(
            rf"(?<!\p{{Latin}}){_LABEL}[ \t]{{1,3}}(?:is|lautet|ist|est|es|è|é)(?: now| jetzt)?[ \t]{{1,3}}[\"'“‘]?"
            r"(?P<found>(?=[^\s]{0,63}[\d!#$%&*+@^_])[^\s,;，。；<>\"'“”‘’]{4,64}(?<![.!]))",
            regex.I,
        ),
        regex.compile(
            rf"(?<!\p{{Latin}}){_LABEL}[ \t]{{1,3}}[\"'“‘]?"
            r"(?P<found>(?!(?:code|number|nummer|no|nr)[^\p{L}])(?=[^\s]{0,63}\d)(?=[^\s]{0,63}[!#$%&*+@^])(?=[^\s]{0,63}\p{L})[^\s,;，。；<>\"'“”‘’]{6,64})(?<!\.)",
            regex.I,
        ),
        re.compile(r"(?<=://)[^\s:/@\"'<>]{0,64}:(?P<found>[^\s/@\"'<>]{3,128})@[\w\[]"),
    )

    def accepts(self, value: str) -> bool:
        """No placeholder."""
        return not _PLACEHOLDER.fullmatch(value)


_PLACEHOLDER = re.compile(
    r"[*•xX.\-_]{3,}|\$?\{.*|%\(?\w+.*|\[.*|<.*|(?:required|changed|reset|expired|forgotten|incorrect|wrong)\.?"
)


class ApiKeyRecognizer(GroupRecognizer):
    """Keys of well-known services by their prefixes, and values of high entropy after a name that means a secret."""

    ENTITY = "API_KEY"
    SCORE = 0.85
    NEEDS = Needs(
        digits=1,
        any_of=(
            "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "_live_", "_test_", "aiza",
            "ya29.", "sg.", "npm_", "pypi-", "sk-", "hf_", "dop_v1_", "shpat_", "shpss_", "ltai", "akid", "eaa",
            "key", "secret", "token", "密钥", "schlüssel", "密鑰", ":aa",
        ),
    )  # fmt: skip
    EXPRESSIONS = (
        regex.compile(
            r"(?<![0-9A-Za-z_\-])(?P<found>(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[0-9A-Za-z]{36,80}|github_pat_[0-9A-Za-z_]{60,90}|"
            r"glpat-[0-9A-Za-z_\-]{20,40}|xox[abeoprs]-[0-9A-Za-z\-]{10,200}|[rsp]k_(?:live|test)_[0-9A-Za-z]{16,120}|"
            r"AIza[0-9A-Za-z_\-]{35}|ya29\.[0-9A-Za-z_\-]{20,300}|SG\.[0-9A-Za-z_\-]{16,32}\.[0-9A-Za-z_\-]{16,64}|"
            r"npm_[0-9A-Za-z]{36}|pypi-[0-9A-Za-z_\-]{50,250}|sk-(?:proj-|ant-|live-)?[0-9A-Za-z_\-]{20,200}|"
            r"hf_[A-Za-z0-9]{30,40}|dop_v1_[0-9a-f]{64}|shp(?:at|ss)_[0-9a-fA-F]{32}|LTAI[0-9A-Za-z]{12,24}|AKID[0-9A-Za-z]{32}|"
            r"key-[0-9a-f]{32}|EAA[0-9A-Za-z]{40,250}|\d{8,10}:AA[0-9A-Za-z_\-]{32,34})(?![0-9A-Za-z_])"
        ),
        regex.compile(
            r"(?i:api[ _\-]?key|api[ _\-]?token|access[ _\-]?key(?:[ _\-]?id)?|accountkey|secret[ _\-]?(?:access[ _\-]?)?key|"
            r"client[ _\-]?secret|app[ _\-]?secret|auth[ _\-]?token|access[ _\-]?token|refresh[ _\-]?token|private[ _\-]?key|"
            r"signing[ _\-]?key|encryption[ _\-]?key|secret|token|api-schlüssel|密钥|密鑰)[\"']?[ \t]{0,3}(?:[:：=]|is|ist|是"
            r"|为|(?<=[ \t])(?=[^\s]{32}))[ \t]{0,3}"
            r"[\"'`]?(?P<found>[0-9A-Za-z+/_\-.~]{15,199}[0-9A-Za-z+/_\-]={0,2})(?![0-9A-Za-z])"
        ),
    )

    def accepts(self, value: str) -> bool:
        """A value that is random, not a word, a path or an address: digits and letters, at least three bits a character."""
        mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
        return mixed and _entropy(value) >= 3.0 and "example.com" not in value


class AccessTokenRecognizer(GroupRecognizer):
    """JSON web tokens (RFC 7519), bearer and basic credentials (RFC 6750, 7617)."""

    ENTITY = "ACCESS_TOKEN"
    SCORE = 0.85
    NEEDS = Needs(any_of=("eyj", "bearer", "basic"))
    EXPRESSIONS = (
        regex.compile(
            r"(?<![0-9A-Za-z_\-])(?P<found>eyJ[0-9A-Za-z_\-]{8,2000}+\.[0-9A-Za-z_\-]{8,4000}+\.[0-9A-Za-z_\-]{0,1000}+)(?![0-9A-Za-z_\-])"
        ),
        regex.compile(r"(?<![A-Za-z])(?i:bearer)[ \t]{1,3}(?P<found>[0-9A-Za-z_\-.~+/]{16,2000}={0,2})(?![0-9A-Za-z])"),
        regex.compile(r"(?<![A-Za-z])Authorization:[ \t]{0,3}Basic[ \t]{1,3}(?P<found>[0-9A-Za-z+/]{8,400}={0,2})"),
    )

    def accepts(self, value: str) -> bool:
        """Not an ordinary word after "bearer"."""
        return any(map(str.isdigit, value)) or value.endswith("=")


class PrivateKeyRecognizer(GroupRecognizer):
    """Private keys in PEM and OpenPGP armour (RFC 7468, 9580), also where the end is missing."""

    ENTITY = "PRIVATE_KEY"
    SCORE = 1.0
    MULTILINE = True
    NEEDS = Needs(any_of=("-----begin",))
    EXPRESSIONS = (
        regex.compile(
            r"(?P<found>-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
            r"(?:\s{0,4}(?:Proc-Type|DEK-Info|Comment|Version|Subject):[^\n]{0,200}){0,6}+[^-]{16,16000}+"
            r"(?:-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)?)"
        ),
    )


def _entropy(value: str) -> float:
    """Shannon's entropy of the characters, in bits each."""
    counts = Counter(value).values()
    return -sum(count / len(value) * log2(count / len(value)) for count in counts)
