"""Servers: the validators for programs that ask repeatedly, over standard input and output.

`agent_tools` and `agent_server` are `iacrl mcp`, for coding agents. `editor_judging`, `quick_fixes` and
`language_server` are `iacrl lsp`, for editors. The two servers themselves need the packages of an extra.
"""
