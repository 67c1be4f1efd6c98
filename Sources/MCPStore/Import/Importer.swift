import Foundation
import MCPStoreQueue

/// Makes of the configuration files of other programs a plan of what to add.
///
/// No secret that can be a reference stays in it: the variables are named after what the files call them, and two secrets
/// that would have the same variable get different ones.
package struct Importer {
    package private(set) var plan = ImportPlan()
    private let prefix: String
    private let placement: String
    /// The secrets behind the variables given so far, to tell equal ones from others; they leave this value in no form.
    private var secrets: [String: String] = [:]
    /// Where in the plan each service stands.
    private var indices: [String: Int] = [:]

    /// - Parameters:
    ///   - prefix: Stands before the name of every service.
    ///   - placement: What `placement` is where an entry does not say it.
    package init(prefix: String, placement: String) {
        self.prefix = prefix
        self.placement = placement
    }

    /// Adds what a file describes.
    ///
    /// - Returns: How many services it describes.
    /// - Throws: ``MCPStoreError``: `badConfiguration` where it cannot be read, `invalidServices` where it holds no services in
    ///   any known form.
    package mutating func add(file path: String, source: ImportSource?) throws(MCPStoreError) -> Int {
        let source = source ?? ImportSource(path: path)
        let bytes = try ConfigurationFile.read(path, what: "the file", limit: ServiceFile.maximumSize)
        let isTOML = source == .codex || path.lowercased().hasSuffix(".toml")
        return try add(try ServiceFile.parse(bytes, isTOML: isTOML, what: path), file: path, source: source)
    }

    /// The same of what was read already.
    package mutating func add(_ document: JSONValue, file: String, source: ImportSource?) throws(MCPStoreError) -> Int {
        guard let members = document.objectValue else {
            throw MCPStoreError(.invalidServices, "\(file) must hold an object, not \(document.kind)")
        }
        var maps = try ServerMap.all(in: members)
        if maps.isEmpty, !members.isEmpty, members.values.allSatisfy(ServerMap.isEntry) {
            maps = [ServerMap(path: "", entries: members)]
        }
        var count = 0
        for map in maps {
            for (name, entry) in map.entries.sorted(by: { $0.key < $1.key }) {
                count += 1
                add(name, entry, map, file, source)
            }
        }
        return count
    }

    private mutating func add(_ name: String, _ entry: JSONValue, _ map: ServerMap, _ file: String, _ source: ImportSource?) {
        let service = serviceName(name)
        var problems: [String] = []
        var notes: [String] = []
        var replacements: [ImportPlan.Replacement] = []
        var normalizer = EntryNormalizer(entry.objectValue ?? [:], form: map.form)
        if source == .gemini { normalizer.members = Self.dollars(normalizer.members) }
        Self.environmentFile(&normalizer, base: Self.base(of: file), &problems, &notes)
        normalizer.run()
        EntrySecrets.replace(in: &normalizer.members) { secret in
            let variable = allocate(secret, service)
            replacements.append(.init(variable: variable, service: service, place: secret.place, file: file))
            return variable
        }
        let unused = EntrySecrets.removeUnused(from: &normalizer.members)
        if !unused.isEmpty {
            let names = unused.map { "'\($0.oneLine.prefix(60))'" }.joined(separator: ", ")
            notes.append("left out, because it may be a secret and nothing here uses it: \(names)")
        }
        let cleaned: JSONValue = entry.objectValue == nil ? entry : .object(normalizer.members)
        let (members, check) = MCPServersParser(placement: placement).check(cleaned, form: .common, name: service)
        problems += normalizer.problems + check.problems.filter { !normalizer.problems.contains($0) }
        notes += normalizer.warnings + check.warnings
        let place = map.project.map { "project \($0)" } ?? map.path
        guard problems.isEmpty else {
            return plan.left.append(.init(name: name, file: file, reason: problems.joined(separator: "; ")))
        }
        let taken = ImportPlan.Service(
            name: service,
            renamedFrom: service == name ? nil : name,
            file: file,
            place: place,
            configuration: .object(members),
            notes: notes,
            variables: References.names(in: .object(members))
        )
        if let present = indices[service].map({ plan.services[$0] }) {
            let isSame = present.configuration == taken.configuration
            let reason =
                isSame
                ? "the same stands in \(present.file), from which it was taken"
                : "another service of this name was taken from \(present.file): import this file alone with --name-prefix to have both"
            return plan.left.append(.init(name: name, file: file, reason: reason))
        }
        plan.replacements += replacements
        indices[service] = plan.services.count
        plan.services.append(taken)
    }

    /// With the prefix, and what a name may not hold written as `-`.
    private func serviceName(_ name: String) -> String {
        let cleaned = String(
            decoding: name.utf8.map { Name.isAllowedInVariable($0) || $0 == UInt8(ascii: ".") ? $0 : UInt8(ascii: "-") },
            as: UTF8.self
        )
        return String((prefix + cleaned).prefix(128))
    }

    private mutating func allocate(_ secret: EntrySecrets.Secret, _ service: String) -> String {
        let first = secret.variable(for: service)
        let second = "\(EntryNormalizer.variable(service))_\(secret.name)"
        let further = (2...99).lazy.map { "\(second)_\($0)" }
        let name =
            [first, second].first { isFree($0, for: secret.value) } ?? further.first { isFree($0, for: secret.value) } ?? second
        secrets[name] = secret.value
        return name
    }

    private func isFree(_ variable: String, for value: String) -> Bool { secrets[variable] == nil || secrets[variable] == value }

    // MARK: What single programs write

    /// Gemini also reads `$NAME`.
    private static func dollars(_ members: [String: JSONValue]) -> [String: JSONValue] {
        func change(_ value: JSONValue) -> JSONValue {
            guard let text = value.stringValue, text.hasPrefix("$"), text.count > 1, text.first?.isNumber == false,
                text.dropFirst().utf8.allSatisfy(Name.isAllowedInVariable)
            else { return value }
            return .string("${\(text.dropFirst())}")
        }
        var members = members
        for name in ["env", "headers"] {
            if let entries = members[name]?.objectValue { members[name] = .object(entries.mapValues(change)) }
        }
        return members
    }

    /// The folder to which paths of a file are relative: that above `.vscode` or `.cursor`.
    private static func base(of file: String) -> URL {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        return folder.lastPathComponent.hasPrefix(".") ? folder.deletingLastPathComponent() : folder
    }

    /// Every variable of an `envFile` becomes a reference: such files hold secrets, and only names are taken from it.
    private static func environmentFile(
        _ normalizer: inout EntryNormalizer,
        base: URL,
        _ problems: inout [String],
        _ notes: inout [String]
    ) {
        guard let path = normalizer.members.removeValue(forKey: "envFile") else { return }
        guard var text = path.stringValue else { return problems.append("'envFile' must be a path") }
        text = text.replacing("${workspaceFolder}", with: base.path).replacing("${userHome}", with: NSHomeDirectory())
        let file = URL(fileURLWithPath: text, relativeTo: base)
        do {
            let bytes = try ConfigurationFile.read(file.path, what: "its 'envFile'")
            let names = EnvironmentFile.names(in: String(decoding: bytes, as: UTF8.self))
            var entries = normalizer.members["env"]?.objectValue ?? [:]
            for name in names where entries[name] == nil { entries[name] = .string("${\(name)}") }
            normalizer.members["env"] = .object(entries)
            notes.append(
                names.isEmpty
                    ? "there are no variables in its 'envFile'"
                    : "the variables of its 'envFile' became references: \(names.joined(separator: ", "))"
            )
        } catch {
            problems.append(error.message)
        }
    }
}
