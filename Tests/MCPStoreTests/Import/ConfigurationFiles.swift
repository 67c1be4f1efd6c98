/// Configuration files as their programs write them.
enum ConfigurationFiles {
    static let claudeDesktop = """
        {
          "globalShortcut": "Ctrl+Space",
          "mcpServers": {
            "filesystem": {
              "command": "npx",
              "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/me/Documents"]
            },
            "Brave Search": {
              "command": "npx",
              "args": ["-y", "@modelcontextprotocol/server-brave-search"],
              "env": { "BRAVE_API_KEY": "BSA-hidden-brave" }
            }
          }
        }
        """

    static let claudeCodeProject = """
        {
          "mcpServers": {
            "github": {
              "type": "http",
              "url": "${API_BASE_URL:-https://api.example.com}/mcp",
              "headers": { "Authorization": "Bearer ${API_KEY}" }
            },
            "helped": { "type": "http", "url": "https://h/mcp", "headersHelper": "/bin/headers" }
          }
        }
        """

    static let claudeCodeUser = """
        {
          "numStartups": 7,
          "tipsHistory": { "new-user-warmup": 1 },
          "mcpServers": { "sentry": { "type": "http", "url": "https://mcp.sentry.dev/mcp" } },
          "projects": {
            "/home/me/one": {
              "allowedTools": [],
              "history": [],
              "mcpServers": {
                "db": { "type": "stdio", "command": "uvx", "args": ["db", "--dsn", "postgres://u:hidden-db@h/db"], "env": {} }
              }
            },
            "/home/me/two": { "allowedTools": [], "mcpServers": {} }
          }
        }
        """

    static let cursor = """
        {
          "mcpServers": {
            "remote": { "url": "https://h/sse", "headers": { "X-Api-Key": "hidden-cursor" } },
            "local": {
              "command": "python",
              "args": ["${workspaceFolder}/server.py"],
              "env": { "API_KEY": "${env:API_KEY}" },
              "envFile": "${workspaceFolder}/.env"
            }
          }
        }
        """

    static let visualStudioCode = """
        {
          // 💡 Inputs are asked for once
          "inputs": [
            { "type": "promptString", "id": "perplexity-key", "description": "Perplexity API Key", "password": true },
          ],
          "servers": {
            "Perplexity": {
              "type": "stdio",
              "command": "npx",
              "args": ["-y", "server-perplexity-ask"],
              "env": { "PERPLEXITY_API_KEY": "${input:perplexity-key}" },
              "dev": { "watch": "build/**/*.js" },
            },
            "fetch": { "type": "stdio", "command": "uvx", "args": ["mcp-server-fetch"] },
          },
        }
        """

    static let visualStudioCodeSettings = """
        {
          "editor.fontSize": 14, // and much more
          "mcp": { "inputs": [], "servers": { "time": { "command": "uvx", "args": ["mcp-server-time"] } } },
        }
        """

    static let windsurf = """
        {
          "mcpServers": {
            "figma": { "serverUrl": "https://h/mcp", "headers": { "API_KEY": "Bearer ${env:AUTH_TOKEN}" } },
            "old": { "command": "npx", "args": ["old"], "disabled": true, "disabledTools": ["rm"] }
          }
        }
        """

    static let gemini = """
        {
          "theme": "GitHub",
          "mcp": { "allowed": ["py"], "excluded": [] },
          "mcpServers": {
            "py": {
              "command": "python",
              "args": ["-m", "my_mcp_server"],
              "env": { "DATABASE": "$DB_URL", "API_KEY": "${API_KEY}", "OTHER_TOKEN": "$OTHER_TOKEN" },
              "cwd": "./mcp_tools",
              "timeout": 15000,
              "trust": true,
              "includeTools": ["safe_tool"]
            },
            "web": { "httpUrl": "https://h/mcp", "headers": { "Authorization": "Bearer hidden-gemini" }, "timeout": 5000 },
            "login": { "url": "https://h/sse", "authProviderType": "google_credentials" }
          }
        }
        """

    static let codex = #"""
        model = "gpt-5-codex"
        notify = ["notify-send", "Codex"]

        [projects."/home/me/one"]
        trust_level = "trusted"

        # A local server
        [mcp_servers.context7]
        command = "npx"
        args = ["-y", "@upstash/context7-mcp"]
        env_vars = ["LOCAL_TOKEN"]
        startup_timeout_sec = 20
        tool_timeout_sec = 45
        enabled_tools = ["search", "summarize"]

        [mcp_servers.context7.env]
        CONTEXT7_API_KEY = 'hidden-codex'

        [mcp_servers.figma]
        url = "https://mcp.figma.com/mcp"
        bearer_token_env_var = "FIGMA_OAUTH_TOKEN"
        http_headers = { "X-Figma-Region" = "us-east-1" }
        enabled = false
        """#

    static let opencode = """
        {
          "$schema": "https://opencode.ai/config.json",
          "model": "x/y",
          "mcp": {
            "everything": {
              "type": "local",
              "command": ["npx", "-y", "@modelcontextprotocol/server-everything"],
              "environment": { "MY_ENV_VAR": "v" },
              "enabled": true
            },
            "jira": {
              "type": "remote",
              "url": "https://jira.example.com/mcp",
              "headers": { "Authorization": "Bearer {env:JIRA_KEY}" },
              "oauth": false,
              "enabled": false
            }
          }
        }
        """
}
