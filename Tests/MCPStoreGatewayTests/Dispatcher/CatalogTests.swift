import MCPStore
import NIOCore
import Testing

@testable import MCPStoreGateway

struct CatalogTests {
    private let weather = #"{"name":"get","description":"weather","inputSchema":{"type":"object"}}"#

    @Test func `A tool has its own name where one service has it, and service_tool where several do`() throws {
        let only = #"{"name":"only"}"#
        let catalog = try Catalog([
            .init(name: "b", tools: [weather, only]), .init(name: "a", tools: [weather]),
        ])
        #expect(catalog.tools.map(\.name) == ["a_get", "b_get", "only"])
        let first = String(buffer: catalog.tools[0].document)
        #expect(first == #"{"name":"a_get","description":"weather","inputSchema":{"type":"object"}}"#)
        #expect(String(buffer: catalog.tools[2].document) == only)
    }

    @Test func `Names can always be service_tool`() throws {
        let catalog = try Catalog([.init(name: "a", tools: [weather])], naming: .qualified)
        #expect(catalog.tools.map(\.name) == ["a_get"])
    }

    @Test func `A service that nobody runs is listed, one that is disabled is not`() throws {
        let catalog = try Catalog([
            .init(name: "dead", tools: [#"{"name":"x"}"#]),
            .init(name: "off", tools: [#"{"name":"y"}"#], configuration: #"{"command":"x","disabled":true}"#),
        ])
        #expect(catalog.tools.map(\.name) == ["x"])
    }

    @Test func `A resource that several services list is listed once`() throws {
        let resource = #"{"uri":"note:///1","name":"one"}"#
        let catalog = try Catalog([.init(name: "a", resources: [resource]), .init(name: "b", resources: [resource])])
        #expect(catalog.resources.map(\.name) == ["note:///1"])
    }

    @Test func `Pages end, hold each entry once, and go on where something was removed meanwhile`() throws {
        let tools = (0..<7).map { #"{"name":"t\#($0)"}"# }
        let all = try Catalog([.init(name: "s", tools: tools)]).tools
        var names: [String] = []
        var cursor: String?
        repeat {
            let page = try ListPage(of: all, after: cursor, size: 3)
            #expect(page.entries.count <= 3)
            names += page.entries.map(\.name)
            cursor = page.next
        } while cursor != nil && names.count < 20
        #expect(names == (0..<7).map { "t\($0)" })

        let first = try ListPage(of: all, after: nil, size: 3)
        let without = all.filter { $0.name != "t2" }
        // Its place is no longer known: the service begins anew, nothing is left out.
        let next = try ListPage(of: without, after: first.next, size: 10)
        #expect(Set(next.entries.map(\.name)).isSuperset(of: ["t3", "t4", "t5", "t6"]))
    }

    @Test(arguments: ["", "!", "bm8="]) func `A cursor that is none of ours is refused`(_ cursor: String) throws {
        let all = try Catalog([.init(name: "s", tools: [weather])]).tools
        #expect(throws: ProtocolError.self) { try ListPage(of: all, after: cursor, size: 3) }
    }
}
