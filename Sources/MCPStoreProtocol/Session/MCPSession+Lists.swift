import NIOCore

extension MCPSession {
    /// All tools of the server, over all pages; empty when it has none. Over HTTP without those that name invalid headers.
    ///
    /// - Throws: ``MCPError``, also when the server refuses or the listing is over its bounds.
    package func listTools() async throws(MCPError) -> [ListedTool] {
        // Asked even when the capability is not declared: old servers forget to.
        let items = try await self.list("tools/list", member: "tools", isDeclared: self.offers.lists.contains(.tools))
        var tools: [ListedTool] = []
        for item in items {
            do throws(JSONError) {
                let tool = try ListedTool(item)
                if !self.usesHTTP || !tool.hasInvalidHeaders { tools.append(tool) }
            } catch {
                throw MCPError(.protocolViolation, "the server listed a tool without a name", requestWasWritten: true)
            }
        }
        return tools
    }

    /// All resources of the server as raw JSON objects, over all pages; empty when the capability is absent.
    package func listResources() async throws(MCPError) -> [ByteBuffer] {
        guard self.offers.lists.contains(.resources) else { return [] }
        return try await self.list("resources/list", member: "resources", isDeclared: true)
    }

    /// All resource templates of the server as raw JSON objects, over all pages; empty when the capability is absent.
    package func listResourceTemplates() async throws(MCPError) -> [ByteBuffer] {
        guard self.offers.lists.contains(.resources) else { return [] }
        // Many servers have resources and have never heard of templates.
        return try await self.list("resources/templates/list", member: "resourceTemplates", isDeclared: false)
    }

    /// All prompts of the server as raw JSON objects, over all pages; empty when the capability is absent.
    package func listPrompts() async throws(MCPError) -> [ByteBuffer] {
        guard self.offers.lists.contains(.prompts) else { return [] }
        return try await self.list("prompts/list", member: "prompts", isDeclared: true)
    }

    /// Walks over the pages of a list.
    ///
    /// - Parameter isDeclared: When `false`, a server that does not know the method has an empty list.
    private func list(_ method: String, member: StaticString, isDeclared: Bool) async throws(MCPError) -> [ByteBuffer] {
        var pages = ListPages(method: method, member: member, limits: self.engine.limits)
        while let params = pages.nextParams {
            let request = MCPRequest(method: method, params: params, timeout: self.engine.limits.listTimeout)
            switch await self.request(request) {
            case .result(let result, _, _):
                try pages.received(result)
            case .error(_, JSONRPCCode.methodNotFound) where !isDeclared && pages.isFirst:
                return []
            case .error(let error, let code):
                let text = JSONRPCErrorText(error).message
                throw MCPError(.rejected, "the server refused \(method): \(text) (code \(code))", requestWasWritten: true)
            case .failed(let error):
                throw error
            }
        }
        return pages.items
    }
}
