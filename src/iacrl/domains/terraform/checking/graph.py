"""The graph of what refers to what: cycles in it, and the order in which locals are computed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

Vertex = TypeVar("Vertex", bound=Hashable)
#: How many passes over the vertices are made before cycles are searched for.
_ROUNDS = 3


def cycles(edges: Mapping[Vertex, Iterable[Vertex]]) -> list[list[Vertex]]:
    """Return the strongly connected components of more than one vertex.

    Most graphs have no cycle, and a few passes show it, because vertices mostly refer to earlier ones. A vertex that
    refers only to vertices outside of cycles is not in a cycle.
    """
    free: set[Vertex] = set()
    waiting = edges
    for _ in range(_ROUNDS):
        left = {}
        for vertex, ends in waiting.items():
            for end in ends:
                if end in edges and end not in free:
                    left[vertex] = ends
                    break
            else:
                free.add(vertex)
        if not left:
            return []
        waiting = left
    return [component for component in components(waiting) if len(component) > 1]


def components(edges: Mapping[Vertex, Iterable[Vertex]]) -> list[list[Vertex]]:
    """Return the strongly connected components, each after those that it refers to (Tarjan's algorithm).

    A component of more than one vertex is a cycle. The algorithm is iterative, so long chains are safe.
    """
    index: dict[Vertex, int] = {}
    low: dict[Vertex, int] = {}
    on_stack: set[Vertex] = set()
    stack: list[Vertex] = []
    found: list[list[Vertex]] = []
    for root in edges:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        work = [(root, iter(edges.get(root, ())))]
        while work:
            vertex, remaining = work[-1]
            for other in remaining:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(edges.get(other, ()))))
                    break
                if other in on_stack:
                    low[vertex] = min(low[vertex], index[other])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[vertex])
                if low[vertex] == index[vertex]:
                    component = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        component.append(member)
                        if member == vertex:
                            break
                    found.append(component)
    return found
