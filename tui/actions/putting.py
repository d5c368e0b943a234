"""Putting rules and conformance packs, changing and deleting them: each confirmed, with the equivalent command."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from backend.client.session import CompliancePart, Session
from backend.model.compliance import Pack
from backend.model.problem import BadInput, Missing, Problem
from tui.actions.change import Changes
from tui.actions.deed import Action
from tui.panes.compliance import CompliancePane
from tui.panes.compliance_views import judge_words
from tui.panes.spelling import counted
from tui.screens.confirm import Question

if TYPE_CHECKING:
    from backend.rules.catalogue import ManagedRule
    from tui.rule_drafts import Draft
    from tui.screens.putting import PutScreen


class PuttingDeeds(Changes):
    """Opens the forms, and puts what they say."""

    def table(self) -> dict[str, Action]:
        return {
            "putting.rule": lambda text: self.begin("the form of a rule", self._open_rule(text.strip())),
            "putting.policy": lambda text: self.begin("the form of a policy", self._open_policy(text.strip())),
            "putting.pack": lambda text: self.begin("the form of a pack", self._open_pack(text.strip())),
            "putting.change": lambda text: self.begin("the form of a rule", self._open_change(text.strip())),
            "putting.delete": lambda text: self._change("delete", lambda session: self._delete(session, text.strip())),
        }

    @property
    def _verdicts(self) -> CompliancePane:
        pane = self.dashboard.panes["compliance"]
        assert isinstance(pane, CompliancePane)
        return pane

    def _part(self) -> CompliancePart:
        session = self.workspace.session
        if session is None or session.compliance is None:
            raise Missing("There is no account to put rules into")
        return session.compliance

    # Forms

    async def _open_rule(self, named: str) -> None:
        from backend.rules.catalogue import catalogue
        from tui.screens.library import LibraryScreen

        put = partial(self.app.run_command, "putting.rule")
        if not named:
            await self.app.push_screen(LibraryScreen(self.workspace, put))
            return
        known = await asyncio.to_thread(catalogue)
        rule = known.get(named.upper()) or next((each for each in known.values() if each.title == named.lower()), None)
        if rule is None:
            await self.app.push_screen(LibraryScreen(self.workspace, put, named))
            self.app.say(f"There is no managed rule “{named}”: these are searched for.")
            return
        await self._show_rule(rule)

    async def _show_rule(self, rule: ManagedRule) -> None:
        from tui.screens.put_rule import PutRuleScreen

        names = [each.name for each in await self._part().rules()]
        form = PutRuleScreen(
            self.workspace,
            rule,
            lambda draft: self._put_rule(form, draft),
            decides=await _decides(rule.identifier),
            names=names,
        )
        await self.app.push_screen(form)

    async def _open_policy(self, path: str) -> None:
        from tui.screens.put_policy import PutPolicyScreen

        names = [each.name for each in await self._part().rules()]
        form = PutPolicyScreen(
            self.workspace, lambda draft: self._put_rule(form, draft), names=names, types=await self._types()
        )
        await self.app.push_screen(form)
        if path:
            await form.load(path)

    async def _open_pack(self, path: str) -> None:
        from tui.screens.put_pack import PutPackScreen

        names = [pack.name for pack in await self._part().packs()]
        form = PutPackScreen(self.workspace, lambda draft: self._put_pack(form, draft), path=path, names=names)
        await self.app.push_screen(form)

    async def _open_change(self, named: str) -> None:
        """The form of a rule that is there, by what judges."""
        from backend.rules.asked import AWS, POLICY, asked_rule
        from tui.screens.put_policy import PutPolicyScreen
        from tui.screens.put_rule import PutRuleScreen

        chosen = self._verdicts.current_rule()
        name = named or (chosen.name if chosen is not None else "")
        if not name:
            self.app.say("Choose a rule first: its form is opened then.")
            return
        before = await self._part().definition(name)
        rule = asked_rule(before)
        form: PutScreen
        if rule.owner == POLICY:
            form = PutPolicyScreen(
                self.workspace, lambda draft: self._put_rule(form, draft), before=before, types=await self._types()
            )
        elif rule.owner == AWS and rule.managed is not None:
            form = PutRuleScreen(
                self.workspace,
                rule.managed,
                lambda draft: self._put_rule(form, draft),
                decides=await _decides(rule.identifier),
                before=before,
            )
        else:
            judge = "a function" if rule.owner != AWS else f"{rule.identifier}, which is not known here"
            raise BadInput(
                f"{name} is judged by {judge}",
                "there is no form for that",
                "aws configservice put-config-rule changes it",
            )
        await self.app.push_screen(form)

    async def _types(self) -> tuple[str, ...]:
        """Types to choose from; none where they cannot be read, which is no reason against a form."""
        session = self.workspace.session
        with contextlib.suppress(Problem):
            return await session.resources.types() if session is not None and session.resources is not None else ()
        return ()

    # What the forms say

    def _put_rule(self, form: PutScreen, draft: Draft) -> None:
        part = self._part()
        verb = "Change" if getattr(draft, "before", None) is not None else "Put"
        question = self._question(draft, f"{verb} the rule {draft.name}?", "rule")
        done = f"The rule {draft.name} is {'changed' if verb == 'Change' else 'put'}: it is evaluated now."
        self.begin("put a rule", self._put(form, question, lambda: part.put(draft.document()), done))

    def _put_pack(self, form: PutScreen, draft: Draft) -> None:
        from tui.rule_drafts import PackDraft

        assert isinstance(draft, PackDraft)
        part, pack = self._part(), draft
        question = self._question(draft, f"Put the conformance pack {draft.name}?", "pack")
        done = f"The pack {draft.name} is being deployed; v shows packs with their state."
        self.begin(
            "put a pack",
            self._put(form, question, lambda: part.put_pack(pack.name, pack.template.text, pack.given), done),
        )

    def _question(self, draft: Draft, title: str, kind: str) -> Question:
        session = self.workspace.session
        assert session is not None
        return Question(
            title=title,
            changes=((kind, draft.name), ("region", session.region), *draft.changes()),
            command=self._command(session, *draft.command()),
            yes="put",
        )

    async def _put(self, form: PutScreen, question: Question, call: Callable[[], Awaitable[None]], done: str) -> None:
        """Ask, and put it; what the service says against it stands in the form."""
        if not await self._agreed(question):
            return
        try:
            await call()
        except Problem as problem:
            self.workspace.remember("putting", problem)
            form.refused(str(problem))
            return
        for pane in self.dashboard.panes.values():
            pane.reload()
        if self.app.screen is form:
            self.app.pop_screen()
        self.app.say(done)

    # Deleting

    async def _delete(self, session: Session, named: str) -> None:
        part = self._part()
        pane = self._verdicts
        if named:
            rule = next((each for each in await part.rules() if each.name == named), None)
            pack = None if rule else next((each for each in await part.packs() if each.name == named), None)
        else:
            rule, pack = pane.current_rule(), pane.current_pack()
        if pack is not None:
            await self._delete_pack(session, part, pack)
            return
        if rule is None:
            if named:
                raise Missing(f"There is no rule and no conformance pack {named} here")
            self.app.say("Choose a rule or a pack first: it is deleted then.")
            return
        question = Question(
            title=f"Delete the rule {rule.name}?",
            changes=(("rule", rule.name), ("region", session.region), ("judged by", judge_words(rule))),
            warning="Its verdicts go with it.",
            command=self._command(session, "delete-config-rule", {"config-rule-name": rule.name}),
            yes="delete",
        )
        if await self._agreed(question):
            await part.delete(rule.name)
            self.app.say(f"The rule {rule.name} is being deleted.")

    async def _delete_pack(self, session: Session, part: CompliancePart, pack: Pack) -> None:
        question = Question(
            title=f"Delete the conformance pack {pack.name}?",
            changes=(("pack", pack.name), ("region", session.region), ("with it", counted(len(pack.rules), "rule"))),
            warning="Its rules, their verdicts and remediations go with it.",
            command=self._command(session, "delete-conformance-pack", {"conformance-pack-name": pack.name}),
            yes="delete",
        )
        if await self._agreed(question):
            await part.delete_pack(pack.name)
            self.app.say(f"The pack {pack.name} is being deleted, with its rules.")


async def _decides(identifier: str) -> str:
    """What must be so, in a sentence; empty for a rule that is not evaluated here."""
    from backend.rules.managed import check_of

    check = await asyncio.to_thread(check_of, identifier)
    return check.decides if check is not None else ""
