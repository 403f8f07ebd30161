"""Builds the sample company: a CRM, a mail tree, and the truth about two people in them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from cli.demo import asker, leaver
from cli.demo.cast import asker_plot, leaver_plot
from cli.demo.crm import Crm, everyday_rows
from cli.demo.maildir import Maildir
from cli.demo.people import Person, dice, population
from cli.demo.plot import Plot
from cli.demo.traffic import Traffic
from cli.demo.truth import Company

SMALLEST_PEOPLE = 60  # the story needs a crowd to hide in
SMALLEST_MESSAGES = 100


def build(folder: Path, people: int = 2000, messages: int = 5000, seed: int = 7) -> Company:
    """Write `crm.db` and `mail/` into `folder` (made if missing) and say what is where.

    The same arguments give the same bytes. `people` counts contacts, `messages` files in the mail tree; both include
    the story. Time and disk grow linearly with the two. Raises `ValueError` for sizes too small to hold the story and
    `FileExistsError` when a sample is already there.
    """
    if people < SMALLEST_PEOPLE or messages < SMALLEST_MESSAGES:
        raise ValueError(f"The sample needs at least {SMALLEST_PEOPLE} people and {SMALLEST_MESSAGES} messages.")
    crm_path, mail_path = folder / "crm.db", folder / "mail"
    if crm_path.exists() or mail_path.exists():
        raise FileExistsError(f"There is a sample company in {folder} already. Delete it or choose another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    plots = (asker_plot(), leaver_plot())
    everybody = population(seed, people, [person for plot in plots for person in plot.cast])
    asker.write(plots[0])  # only now: customer numbers, which `population` gives, stand in the texts
    leaver.write(plots[1])
    counts = _write_crm(crm_path, everybody, plots, seed)
    counts["messages"] = _write_mail(mail_path, everybody, plots, messages, seed)
    return Company(folder, crm_path, mail_path, counts, plots[0].subject(), plots[1].subject())


def _write_crm(path: Path, everybody: list[Person], plots: tuple[Plot, ...], seed: int) -> dict[str, int]:
    throw = dice(seed, "crm")
    parts = {person.id: plot for plot in plots for person in plot.cast}
    crowd = [person for person in everybody if person.id not in parts]
    with closing(Crm(path, throw)) as crm:
        for person in everybody:
            crm.contact(person)
        for person in everybody:
            if person.id in parts:
                parts[person.id].write_contact(crm, person)
                continue
            for row in everyday_rows(person, crowd, throw):
                crm.row(person, row)
        return crm.counts


def _write_mail(path: Path, everybody: list[Person], plots: tuple[Plot, ...], messages: int, seed: int) -> int:
    maildir = Maildir(path)
    for plot in plots:
        plot.write_mails(maildir)
    cast = {person.id for plot in plots for person in plot.cast}
    traffic = Traffic([person for person in everybody if person.id not in cast], dice(seed, "mail"))
    for folders, letter in traffic.deliveries():
        maildir.put(folders[: messages - maildir.count], letter)
        if maildir.count == messages:
            break
    return maildir.count
