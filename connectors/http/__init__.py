"""What all REST connectors share: checked hosts, paced and retried calls, tokens that processes share."""

from connectors.http.client import Answer, Auth, Call, Client, Expired, by_status, retry_after, segment
from connectors.http.network import Hosts, Transport
from connectors.http.pace import Budget, Limiter, Pace
from connectors.http.tokens import Sealed, Token, Tokens

__all__ = [
    "Answer",
    "Auth",
    "Budget",
    "Call",
    "Client",
    "Expired",
    "Hosts",
    "Limiter",
    "Pace",
    "Sealed",
    "Token",
    "Tokens",
    "Transport",
    "by_status",
    "retry_after",
    "segment",
]
