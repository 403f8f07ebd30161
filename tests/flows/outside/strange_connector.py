"""A connector from outside, installed as a third party would: slow, or one that breaks and quotes people in its error."""

import time

from pydantic import BaseModel, SecretStr

from connectors.contract import Ability, Collection, Estimate, Health, Page, Presence, Whereabouts


class Options(BaseModel):
    password: SecretStr
    quote: str = ""
    seconds: float = 0


class Strange:
    kind = "strange"
    abilities = frozenset({Ability.CHANGES})

    def __init__(self, options):
        self.options = options

    def check(self):
        return Health(True)

    def collections(self):
        return [Collection("things")]

    def search(self, identifiers):
        return iter(())

    def changes(self, collection, cursor, known):
        time.sleep(self.options.seconds)
        if self.options.quote:
            raise RuntimeError(
                f"cannot make sense of {self.options.quote} with {self.options.password.get_secret_value()}"
            )
        yield Page((), "", last=True, whole=True)

    def fetch(self, refs):
        return iter(())

    def related(self, ref):
        return iter(())

    def presence(self, ref):
        return Presence(Whereabouts.GONE)

    def estimate(self):
        return Estimate(0, 0)

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class StrangeKind:
    name = "strange"
    options = Options

    def open(self, options, limits=None):
        return Strange(options)


KIND = StrangeKind()
