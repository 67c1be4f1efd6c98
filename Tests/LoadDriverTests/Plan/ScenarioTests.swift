import Foundation
import Testing

@testable import LoadDriver

struct ScenarioTests {
    private func message(_ json: String) -> String? {
        do {
            _ = try Scenario.parse(Data(json.utf8), name: "x", source: "x.json")
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// A valid scenario with one member more.
    private func message(with member: String) -> String? {
        message(#"{"target":"queue","load":{"kind":"closed","callers":64},\#(member)}"#)
    }

    @Test func `what is left out has its default`() throws {
        let json = #"{"target":"queue","load":{"kind":"closed","callers":64}}"#
        #expect(try Scenario.parse(Data(json.utf8), name: "x", source: "") == Scenario(name: "x"))
    }

    @Test func `a whole one is read and written`() throws {
        let json = """
            {"description":"d","target":"store","server":{"transport":"http","arguments":["a"],"concurrency":4},"workers":2,
            "coordinators":3,"slots":5,"load":{"kind":"bursts","size":3,"every":0.5},"warmUp":0,"seconds":1.5,"timeout":7,
            "mix":[{"name":"n","weight":2,"tool":"wait","payload":1,"lane":"batch","tenants":9,"arguments":{"ms":5}}],"seed":8,
            "mostInFlight":77,"failIf":["p99>5ms"]}
            """
        let scenario = try Scenario.parse(Data(json.utf8), name: "x", source: "")
        #expect(scenario.server == Scenario.Server(transport: .http, arguments: ["a"], concurrency: 4))
        #expect(scenario.load == .bursts(size: 3, every: 0.5))
        #expect(scenario.mix[0].arguments == ["ms": 5])
        #expect(try Scenario.parse(JSONEncoder().encode(scenario), name: "y", source: "") == scenario)
    }

    @Test(arguments: [
        LoadShape.closed(callers: 2), .constant(rate: 1.5), .ramp(from: 0, to: 9), .steps(rates: [1, 2]), .poisson(rate: 3),
        .bursts(size: 4, every: 0.25),
    ])
    func `each shape is read as it was written`(shape: LoadShape) throws {
        #expect(try JSONDecoder().decode(LoadShape.self, from: JSONEncoder().encode(shape)) == shape)
    }

    @Test(arguments: [
        (#""secs":1"#, "secs is not a member of a scenario, which may have name, description, target"),
        (#""b":1,"a":2"#, "a and b are not members of a scenario"),
        (#""server":{"port":1}"#, "server.port is not a member of a server, which may have transport, arguments, concurrency"),
        (#""mix":[{},{"size":1}]"#, "mix[1].size is not a member of an entry of the mix, which may have name, weight, tool"),
        (#""server":{"transport":"tcp"}"#, #"server.transport is "tcp"; it must be one of "stdio", "http""#),
        (#""seconds":0"#, "seconds is 0; it must be 0.1 to 86400 seconds"),
        (#""seconds":"ten""#, "seconds is not a number"), (#""workers":1.5"#, "workers is not a whole number"),
        (#""workers":-1"#, "workers is -1; it must be 1 to 1000"), (#""mix":[]"#, "mix has 0 entries; it must have 1 to 64"),
        (#""mix":[{"weight":0}]"#, "mix has no weight above 0"),
        (#""mix":[{"lane":"fast"}]"#, #"mix[0].lane is "fast"; it must be "interactive" or "batch""#),
        (#""mix":[{"tenants":0}]"#, "mix[0].tenants is 0; it must be 1 to 10000"),
        (#""mix":[{"name":"a"},{"name":"a"}]"#, #"mix[1].name is "a" as that of another entry"#),
        (#""mix":[{"arguments":{"ms":"x"}}]"#, "mix[0].arguments is not an object of whole numbers"),
        (#""mostInFlight":10"#, "load.callers is 64, more than mostInFlight (10); raise mostInFlight"),
        (#""failIf":["p99>5"]"#, #"failIf[0] is no condition: "p99>5" has no unit"#),
        (#""failIf":"p99>5ms""#, "failIf is not a list of strings"),
    ])
    func `an error says where, what and what is right`(member: String, text: String) {
        let message = message(with: member)
        #expect(message?.hasPrefix("scenario x.json: \(text)") == true, "\(message ?? "no error")")
    }

    @Test(arguments: [
        (#"{"kind":"sine"}"#, #"load.kind is "sine"; it must be one of "closed", "constant""#),
        (#"{"callers":1}"#, #"load.kind is missing; a load needs it: one of "closed""#),
        (#"{"kind":"closed"}"#, #"load.callers is missing; a load of kind "closed" needs it: a whole number"#),
        (#"{"kind":"closed","callers":"x"}"#, "load.callers is not a whole number"),
        (#"{"kind":"closed","callers":0}"#, "load.callers is 0; it must be 1 to 1000000"),
        (
            #"{"kind":"constant","rate":1,"callers":1}"#,
            #"load.callers is not a member of a load of kind "constant", which may have"#
        ),
        (#"{"kind":"poisson","rate":0}"#, "load.rate is 0; it must be 0.001 to 1000000 calls a second"),
        (#"{"kind":"ramp","from":0,"to":0}"#, "load ramps from 0 to 0"),
        (#"{"kind":"steps","rates":[0]}"#, "load.rates are all 0"),
        (#"{"kind":"steps","rates":[1,"x"]}"#, "load.rates is not a list of numbers (element 2)"),
        (#"{"kind":"bursts","size":1000,"every":0.0001}"#, "load.every is 0.0001; it must be"), (#"7"#, "load is no object"),
    ])
    func `an error in a load does, too`(load: String, text: String) {
        let message = message(#"{"target":"queue","load":\#(load)}"#)
        #expect(message?.hasPrefix("scenario x.json: \(text)") == true, "\(message ?? "no error")")
    }

    @Test(arguments: [
        (
            #"{"load":{"kind":"closed","callers":1}}"#,
            #"target is missing; a scenario needs it: one of "queue", "store", "gateway", "direct""#
        ),
        (#"{"target":"queue"}"#, "load is missing"), ("[]", "is no object"), ("{", "is not valid JSON"),
        (#"{"target":"store","load":{"kind":"closed","callers":1}}"#, #"server is missing; the target "store" needs one"#),
    ])
    func `and so does a file that is no scenario`(json: String, text: String) {
        #expect(message(json)?.contains(text) == true, "\(message(json) ?? "no error")")
    }

    @Test func `a file that is not there is named`() {
        #expect { try Scenario.load(file: "/nowhere/a.json") } throws: { "\($0)".contains("/nowhere/a.json: cannot be read") }
    }
}
