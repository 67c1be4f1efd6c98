import MCPStoreQueue
import Testing

@testable import MCPStore

/// S6: the exact rule by which names mean tools.
struct ToolResolverTests {
    private let space: Space
    private var resolver = ToolResolver()
    private var targets: [String: CallTarget] = [:]

    init() throws {
        space = try Space(namespace: "n", dataspace: "d")
    }

    private mutating func add(_ service: String, _ tools: String...) {
        for tool in tools {
            let target = CallTarget(service: ServiceID(space: space, name: service), tool: tool, toolKey: tool)
            resolver.insert(target)
            targets["\(service)/\(tool)"] = target
        }
    }

    /// `service/tool`, several of them in order, or nothing.
    private func meaning(_ name: String, service: String? = nil) -> [String] {
        switch resolver.resolve(name, service: service) {
        case .found(let target): ["\(target.service.name)/\(target.tool)"]
        case .ambiguous(let targets): targets.map { "\($0.service.name)/\($0.tool)" }
        case .unknown: []
        }
    }

    @Test mutating func `S6: the three forms of a name mean the tool`() {
        add("howtocook", "getAllRecipes")
        for name in ["getAllRecipes", "howtocook_getAllRecipes", "mcp_howtocook_getAllRecipes"] {
            #expect(meaning(name) == ["howtocook/getAllRecipes"])
        }
    }

    @Test(arguments: [
        "getallrecipes", "GetAllRecipes", "getAllRecipe", "getAllRecipess", " getAllRecipes", "getAllRecipes ", "AllRecipes",
        "howtocook",
        "howtocook_", "_getAllRecipes", "howtocook-getAllRecipes", "howtocook__getAllRecipes", "howtocook.getAllRecipes",
        "mcp_getAllRecipes",
        "mcp-howtocook_getAllRecipes", "mcp_mcp_howtocook_getAllRecipes", "MCP_howtocook_getAllRecipes",
        "Howtocook_getAllRecipes", "", "_", "mcp_",
        "howtocook_getAllRecipes_", "get_all_recipes",
    ])
    func `S6: nothing else means it`(name: String) throws {
        var tests = try ToolResolverTests()
        tests.add("howtocook", "getAllRecipes")
        #expect(tests.meaning(name) == [])
    }

    @Test mutating func `S6: a name that two services have is ambiguous and its qualified names are not`() {
        add("a", "get")
        add("b", "get", "put")
        #expect(meaning("get") == ["a/get", "b/get"])
        #expect(meaning("a_get") == ["a/get"])
        #expect(meaning("mcp_b_get") == ["b/get"])
        #expect(meaning("put") == ["b/put"])
    }

    @Test mutating func `S6: dashes and underscores of services are equal in prefixes`() {
        add("my-web_server", "get")
        for prefix in ["my-web_server", "my_web_server", "my-web-server", "my_web-server"] {
            #expect(meaning("\(prefix)_get") == ["my-web_server/get"])
            #expect(meaning("mcp_\(prefix)_get") == ["my-web_server/get"])
        }
        #expect(meaning("my-web_server-get") == [])
        #expect(meaning("my.web_server_get") == [])
    }

    @Test mutating func `S6: dashes and underscores of tools differ`() {
        add("a", "get-all", "get_all")
        #expect(meaning("get-all") == ["a/get-all"])
        #expect(meaning("get_all") == ["a/get_all"])
        #expect(meaning("a_get-all") == ["a/get-all"])
        #expect(meaning("a_get_all") == ["a/get_all"])
        #expect(meaning("get all") == [])
    }

    @Test mutating func `S6: services that differ by dashes only are ambiguous in every spelling`() {
        add("a-b", "get")
        add("a_b", "get")
        for name in ["a-b_get", "a_b_get", "mcp_a_b_get", "get"] { #expect(meaning(name) == ["a-b/get", "a_b/get"]) }
        #expect(meaning("get", service: "a-b") == ["a-b/get"])
        #expect(meaning("a_b_get", service: "a-b") == ["a-b/get"])
    }

    @Test mutating func `S6: two splits of one name are ambiguous and can be told apart by their own names`() {
        add("a", "b_c")
        add("a_b", "c")
        #expect(meaning("a_b_c") == ["a/b_c", "a_b/c"])
        #expect(meaning("b_c") == ["a/b_c"])
        #expect(meaning("c") == ["a_b/c"])
    }

    @Test mutating func `A service that joins cannot take over the qualified name of another`() {
        add("bank", "transfer")
        #expect(meaning("bank_transfer") == ["bank/transfer"])
        add("evil", "bank_transfer")
        #expect(meaning("bank_transfer") == ["bank/transfer", "evil/bank_transfer"])
        #expect(meaning("mcp_bank_transfer") == ["bank/transfer"])
        #expect(meaning("transfer") == ["bank/transfer"])
        #expect(meaning("evil_bank_transfer") == ["evil/bank_transfer"])
    }

    @Test mutating func `Within one service a tool's own name comes first`() {
        add("git", "git_status", "status")
        #expect(meaning("git_status") == ["git/git_status"])
        #expect(meaning("git_git_status") == ["git/git_status"])
        #expect(meaning("status") == ["git/status"])
        #expect(meaning("mcp_git_status") == ["git/status"])
    }

    @Test mutating func `The prefix mcp may be a service's own name`() {
        add("mcp", "get")
        add("mcp_x", "put")
        add("x", "put")
        #expect(meaning("mcp_get") == ["mcp/get"])
        #expect(meaning("mcp_mcp_get") == ["mcp/get"])
        #expect(meaning("mcp_x_put") == ["mcp_x/put", "x/put"])
        #expect(meaning("mcp_mcp_x_put") == ["mcp_x/put"])
        #expect(meaning("x_put") == ["x/put"])
    }

    @Test mutating func `Names of tools are compared byte by byte`() {
        add("a", "caf\u{e9}")
        #expect(meaning("caf\u{e9}") == ["a/caf\u{e9}"])
        #expect(meaning("cafe\u{301}") == [])
        add("a", "cafe\u{301}")
        #expect(meaning("caf\u{e9}").count == 1)
        #expect(meaning("a_cafe\u{301}").count == 1)
    }

    @Test mutating func `Tools of any name can be called`() {
        add("a", "", "x y", "a/b:c", "_", "tool\n", "'\"{}")
        for tool in ["x y", "a/b:c", "_", "tool\n", "'\"{}"] {
            #expect(meaning(tool) == ["a/\(tool)"])
            #expect(meaning("a_\(tool)") == ["a/\(tool)"])
        }
    }

    @Test mutating func `What is removed means nothing and makes nothing ambiguous`() throws {
        add("a", "get")
        add("b", "get")
        resolver.remove(try #require(targets["a/get"]))
        #expect(meaning("get") == ["b/get"])
        #expect(meaning("a_get") == [])
        resolver.remove(try #require(targets["b/get"]))
        #expect(meaning("get") == [])
        #expect(meaning("mcp_b_get") == [])
    }

    @Test mutating func `Candidates are named by a name that means them alone`() throws {
        add("a", "b_c")
        add("a_b", "c")
        add("z", "c", "b_c")
        #expect(resolver.clearName(of: try #require(targets["z/c"])) == "z_c")
        // Every name of these two means several tools: they need their service too.
        #expect(resolver.clearName(of: try #require(targets["a/b_c"])) == nil)
        #expect(resolver.clearName(of: try #require(targets["a_b/c"])) == nil)
        #expect(meaning("c", service: "a_b") == ["a_b/c"])
    }

    /// The rule in its plainest form, against all names that can be made of a small alphabet.
    @Test mutating func `The index finds what the rule says, for every name`() {
        let services = ["a", "a_b", "a-b", "b", "mcp", "mcp_a"]
        let tools = ["a", "b", "a_b", "b_a", "a-b", "mcp_a_b"]
        for service in services { for tool in tools { add(service, tool) } }
        let all = targets.values.map { ($0.service.name, $0.tool) }
        let fold = { (text: String) in text.replacing("-", with: "_") }
        var names = Set(tools)
        for service in ["a", "a_b", "a-b", "b", "mcp", "mcp_a", "mcp-a", "c"] {
            for tool in tools + ["c"] { names.formUnion(["\(service)_\(tool)", "mcp_\(service)_\(tool)", "\(service)-\(tool)"]) }
        }
        for name in names {
            var meant = Set(all.filter { $0.1 == name }.map { "\($0.0)/\($0.1)" })
            for (service, tool) in all where !all.contains(where: { $0.0 == service && $0.1 == name }) {
                for prefix in ["", "mcp_"] where name.hasPrefix(prefix) && name.hasSuffix("_\(tool)") {
                    let middle = name.dropFirst(prefix.count).dropLast(tool.count + 1)
                    if name.count >= prefix.count + tool.count + 1, fold(String(middle)) == fold(service) {
                        meant.insert("\(service)/\(tool)")
                    }
                }
            }
            #expect(Set(meaning(name)) == meant, "\(name)")
        }
    }
}
