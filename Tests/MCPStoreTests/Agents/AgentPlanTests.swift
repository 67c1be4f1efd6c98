import MCPStoreQueue
import NIOCore
import Testing

@testable import MCPStore

struct AgentPlanTests {
    private func entry(_ json: JSONValue, name: String = "s", agent: String = "a") -> AgentEntry {
        AgentEntry(name, json, agent: agent)
    }

    private func document(_ name: String, version: Int = 1, _ json: JSONValue) -> AgentDocument {
        AgentDocument(ServiceDocument(name: name, version: version, updated: "", by: "", configuration: json.buffer))
    }

    @Test func `Stored names are made of what is in an entry`() {
        let plain = entry(["command": "x", "args": ["1"]])
        #expect(plain.stored.wholeMatch(of: /s_shared_[0-9a-f]{10}/) != nil)
        #expect(entry(["args": ["1"], "command": "x", "isolation": "shared"], agent: "b").stored == plain.stored)
        #expect(entry(["command": "x", "args": ["2"]]).stored != plain.stored)
        #expect(entry(["command": "x", "isolation": "perAgent"]).stored == "s_byagent_a")
        #expect(entry(["command": "x", "isolation": "perCall"]).stored == "s_byagent_a")
        #expect(plain.problem == nil)
        let long = String(repeating: "n", count: 110)
        #expect(entry(["command": "x"], name: long).problem == nil)
        #expect(entry(["command": "x"], name: long + "n").problem?.contains("110 characters") == true)
        let agent = String(repeating: "a", count: 128)
        #expect(entry(["command": "x", "isolation": "perAgent"], agent: agent).problem?.contains("no name is left") == true)
    }

    @Test func `An agent adds, joins, changes and leaves`() throws {
        let first = entry(["command": "x"])
        var plan = AgentPlan(agent: "a")
        #expect(try plan.have(first, present: nil, target: nil, replacing: false) == .added)
        #expect(plan.writes.map(\.expected) == [0])
        #expect(String(buffer: plan.writes[0].configuration) == #"{"agents":{"a":"s"},"command":"x"}"#)

        // Another joins, and only with the version that was read.
        let stored = document(first.stored, version: 4, ["agents": ["a": "s"], "command": "x"])
        var joining = AgentPlan(agent: "b")
        let second = entry(["command": "x"], agent: "b")
        #expect(try joining.have(second, present: nil, target: stored, replacing: false) == .added)
        #expect(joining.writes.map(\.expected) == [4])
        #expect(String(buffer: joining.writes[0].configuration) == #"{"agents":{"a":"s","b":"s"},"command":"x"}"#)

        // The same again changes nothing; another configuration needs replacing, and leaves the others theirs.
        var same = AgentPlan(agent: "a")
        #expect(try same.have(first, present: stored, target: stored, replacing: false) == .unchanged)
        #expect(same.writes.isEmpty)
        let other = entry(["command": "y"])
        #expect(throws: AgentPlan.Problem.self) {
            var plan = AgentPlan(agent: "a")
            _ = try plan.have(other, present: stored, target: nil, replacing: false)
        }
        let both = document(first.stored, version: 5, ["agents": ["a": "s", "b": "s"], "command": "x"])
        var moving = AgentPlan(agent: "a")
        #expect(try moving.have(other, present: both, target: nil, replacing: true) == .replaced)
        #expect(moving.writes.map(\.name) == [other.stored, first.stored])
        #expect(String(buffer: moving.writes[1].configuration) == #"{"agents":{"b":"s"},"command":"x"}"#)
        #expect(moving.abandoned.isEmpty)

        // The last one to leave leaves nothing.
        var leaving = AgentPlan(agent: "a")
        leaving.leave(stored)
        #expect(leaving.abandoned.map(\.name) == [first.stored])
        #expect(leaving.abandoned.map(\.version) == [5])
    }

    @Test func `A name that belongs to others is refused without saying whose it is`() {
        let own = entry(["command": "x", "isolation": "perAgent"], name: "s", agent: "b_byagent_c")
        let theirs = document(own.stored, ["agents": ["c": "s_byagent_b"], "command": "x", "isolation": "perAgent"])
        let stores = document(own.stored, ["command": "x"])
        for target in [theirs, stores] {
            var plan = AgentPlan(agent: "b_byagent_c")
            let error = #expect(throws: AgentPlan.Problem.self) {
                _ = try plan.have(own, present: nil, target: target, replacing: true)
            }
            #expect(error?.text == "this name cannot be used here: choose another")
            #expect(plan.writes.isEmpty)
        }
    }
}
