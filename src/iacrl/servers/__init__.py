"""Servers: the validators for programs that ask again and again, over standard input and output.

`agent_tools` and `agent_server` are `iacrl mcp`, for coding agents. Both need the packages of an extra.
"""
