"""Where each job may be: what nodes are able to, and what the jobs around and inside it leave of that.

Jobs that must be together are one unit with one home. What is left is consistent along the tree: every
spot of a job has a spot for each job inside it, and one of the job around above it. That does not yet
say that all choices fit together; memory, and units that span several branches, may stand against it.
"""

from __future__ import annotations

from fpl3.split.problem import Problem, Routes, Tree, members


class Domains:
    """`may[j]`: the spots of job j (of each copy of it, if it has several homes). `units`: the jobs that
    have a home of their own, those with a home in common together; `unit[j]` the index there, -1 for jobs
    that go where others send them. `empty`: the first job that is left without a spot, and the sets as
    they were before."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.tree = Tree(problem.spots)
        jobs = problem.jobs
        self.several = [False] * len(jobs)
        for number, job in enumerate(jobs[1:], 1):
            spread = job.hops is not None and job.hops[1] > job.hops[0]
            self.several[number] = spread or self.several[job.inside]
        self.inside: list[list[int]] = [[] for _ in jobs]
        for number, job in enumerate(jobs[1:], 1):
            self.inside[job.inside].append(number)
        self.units, self.unit = self._units()
        self.may = [job.able for job in jobs]
        # What the text and the nodes leave nothing for comes first.
        self.empty = next((number for number, spots in enumerate(self.may) if not spots), None)
        self._settle()

    def free(self, number: int) -> bool:
        """Whether a job has a home of its own."""
        job = self.problem.jobs[number]
        return job.hops is None and (number == 0 or not self.several[job.inside])

    def _units(self) -> tuple[list[tuple[int, ...]], list[int]]:
        first = list(range(len(self.problem.jobs)))  # a forest: the unit of a job by its first job

        def root(number: int) -> int:
            while first[number] != number:
                number = first[number]
            return number

        for group in self.problem.together:
            mine = [number for number in group if self.free(number)]
            for number in self._closed(mine):
                low, high = sorted((root(mine[0]), root(number)))
                first[high] = low
        by: dict[int, list[int]] = {}
        for number in range(len(first)):
            if self.free(number):
                by.setdefault(root(number), []).append(number)
        units = [tuple(numbers) for _, numbers in sorted(by.items())]
        unit = [-1] * len(first)
        for index, numbers in enumerate(units):
            for number in numbers:
                unit[number] = index
        return units, unit

    def _closed(self, group: list[int]) -> set[int]:
        """With the jobs between two of the group: they have no other choice."""
        found = set(group)
        for number in group:
            between, at = [], self.problem.jobs[number].inside
            while at >= 0 and at not in found:
                between.append(at)
                at = self.problem.jobs[at].inside
            if at >= 0:
                found.update(n for n in between if self.free(n))
        return found

    def _settle(self) -> None:
        """Until nothing changes: from the inside out, units, from the outside in."""
        changed = True
        while changed and self.empty is None:
            changed = False
            for number in range(len(self.may) - 1, -1, -1):
                changed |= self._narrow(number, self._with_inside(number))
            for numbers in self.units:
                common = self.may[numbers[0]]
                for number in numbers:
                    common &= self.may[number]
                for number in numbers:
                    changed |= self._narrow(number, common)
            for number in range(1, len(self.may)):
                changed |= self._narrow(number, self._from_around(number))

    def _narrow(self, number: int, to: int) -> bool:
        if self.empty is not None or self.may[number] & to == self.may[number]:
            return False
        if not self.may[number] & to:
            self.empty = self._culprit(number)
            return False
        self.may[number] &= to
        return True

    def _culprit(self, number: int) -> int:
        """The innermost job that has no room wherever the job around it may be, else the job itself."""
        for inner in self.inside[number]:
            if not any(self._has_room(inner, spot) for spot in members(self.may[number])):
                return inner
        return number

    def _with_inside(self, number: int) -> int:
        found = 0
        for spot in members(self.may[number]):
            if all(self._has_room(inner, spot) for inner in self.inside[number]):
                found |= 1 << spot
        return found

    def _has_room(self, number: int, sender: int) -> bool:
        """Whether a job can go anywhere from where the job around it is."""
        targets = self.targets(number, sender)
        if self.problem.jobs[number].hops is None and not self.several[number]:
            return bool(targets & self.may[number])
        return targets != 0 and targets & self.may[number] == targets

    def targets(self, number: int, sender: int) -> int:
        """Where a job may go from a spot: one of these if it is free, else all of them."""
        job = self.problem.jobs[number]
        if job.hops is not None:
            hops = self.tree.spots[sender].hops[job.hops[0] : job.hops[1] + 1]
            if len(hops) <= job.hops[1] - job.hops[0] or any(job.barred >> hop & 1 for hop in hops):
                return 0
            return sum(1 << hop for hop in hops)
        if self.several[job.inside]:
            return 1 << sender
        return self.tree.reach(sender, job.barred)

    def _from_around(self, number: int) -> int:
        found = 0
        for sender in members(self.may[self.problem.jobs[number].inside]):
            if self._has_room(number, sender):
                found |= self.targets(number, sender)
        return found

    def routes(self, number: int, senders: tuple[int, ...], home: int) -> Routes | None:
        """How a job goes from the homes of the job around it; `home` is its own if it has one."""
        job = self.problem.jobs[number]
        if job.hops is not None:
            first, last = job.hops
            hops = [self.tree.spots[sender].hops[first : last + 1] for sender in senders]
            pairs = tuple((s, t) for s, ts in zip(senders, hops, strict=True) for t in ts)
            whole = all(len(ts) == last - first + 1 for ts in hops)
            return pairs if whole and not any(job.barred >> t & 1 for _, t in pairs) else None
        if self.several[job.inside]:
            return tuple((sender, sender) for sender in senders)
        return ((senders[0], home),) if self.tree.reach(senders[0], job.barred) >> home & 1 else None
