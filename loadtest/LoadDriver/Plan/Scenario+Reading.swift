import Foundation

extension Scenario: Decodable {
    private static let members = [
        "name", "description", "target", "server", "workers", "coordinators", "slots", "load", "warmUp", "seconds", "timeout",
        "mix",
        "seed", "mostInFlight", "failIf",
    ]

    /// - Throws: ``ScenarioError`` that names the member. Ranges are not checked: ``validate()`` does.
    package init(from decoder: any Decoder) throws {
        let members = try MemberReader(decoder, what: "a scenario")
        try members.allow(Self.members)
        self.init()
        name = try members.value("name", default: name)
        description = try members.value("description", default: description)
        target = try members.choice("target", default: nil)
        server = try members.optional("server")
        workers = try members.value("workers", default: workers)
        coordinators = try members.value("coordinators", default: coordinators)
        slots = try members.value("slots", default: slots)
        load = try members.required("load", "when calls are made, such as {\"kind\": \"closed\", \"callers\": 64}")
        warmUp = try members.value("warmUp", default: warmUp)
        seconds = try members.value("seconds", default: seconds)
        timeout = try members.value("timeout", default: timeout)
        mix = try members.value("mix", default: mix)
        seed = try members.value("seed", default: seed)
        mostInFlight = try members.value("mostInFlight", default: mostInFlight)
        failIf = try members.value("failIf", default: failIf)
    }

    /// Reads a scenario that somebody wrote: members that are not known are errors, and all values are checked.
    ///
    /// - Throws: ``ScenarioError``, also where the file cannot be read.
    package static func load(file: String) throws -> Scenario {
        let data: Data
        do {
            data = try InputFile.read(file)
        } catch {
            throw ScenarioError("", "cannot be read: \(error.localizedDescription)", source: file)
        }
        let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
        return try parse(data, name: name, source: file)
    }

    /// - Parameters:
    ///   - name: For a scenario that does not say its own.
    ///   - source: What errors call it.
    /// - Throws: ``ScenarioError``
    package static func parse(_ json: Data, name: String, source: String) throws -> Scenario {
        let decoder = JSONDecoder()
        if let strict = MemberReader.strict { decoder.userInfo[strict] = true }
        do {
            var scenario = try decoder.decode(Scenario.self, from: json)
            if scenario.name.isEmpty { scenario.name = name }
            try scenario.validate()
            return scenario
        } catch var error as ScenarioError {
            error.source = source
            throw error
        } catch DecodingError.dataCorrupted(let context) {
            let detail = (context.underlyingError as NSError?)?.userInfo[NSDebugDescriptionErrorKey] as? String
            throw ScenarioError("", "is not valid JSON: \(detail ?? context.debugDescription)", source: source)
        } catch {
            throw ScenarioError("", "is not a scenario: \(error)", source: source)
        }
    }
}
