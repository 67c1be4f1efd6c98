import MCPStoreQueue

/// Who asks, and what he may do.
package struct Principal: Sendable, Hashable {
    /// A name for logs. No secret.
    package var name: String
    /// What tells it from all others, such as the id of a key: what it leaves behind is its own. Empty for everybody.
    package var id: String
    /// The spaces that it reaches; `nil`: all.
    package var spaces: [SpacePattern]?
    /// The tools that it sees; `nil`: all. A pattern with a `/` is compared with `service/tool`, any other with the tool's own name: not with
    /// the name that clients use, which changes with what other services offer.
    package var tools: [NamePattern]?
    package var roles: Set<AccessRole>
    /// How much it may ask for; `nil`: what the gateway gives everybody.
    package var limits: AccessLimits?

    package init(
        name: String,
        id: String,
        spaces: [SpacePattern]? = nil,
        tools: [NamePattern]? = nil,
        roles: Set<AccessRole> = Set(AccessRole.allCases),
        limits: AccessLimits? = nil
    ) {
        self.name = name
        self.id = id
        self.spaces = spaces
        self.tools = tools
        self.roles = roles
        self.limits = limits
    }

    /// Somebody whom nobody asked who he is: he may do everything.
    package static let anonymous = Principal(name: "anonymous", id: "")

    /// Whether it sees less than all of the spaces that it reaches, or leaves things behind that are its own.
    var isLimited: Bool { !id.isEmpty || tools != nil }

    /// Checks that it may do something in a space.
    ///
    /// - Throws: ``Problem`` 403, the same for spaces that exist and those that do not.
    package func check(_ role: AccessRole, in space: Space) throws(Problem) {
        guard reaches(space) else {
            throw Problem(403, "forbidden", "'\(name)' does not reach the space \(space)")
        }
        guard roles.contains(role) else {
            var problem = Problem(403, "forbidden", "'\(name)' has not the role '\(role.rawValue)' that this needs")
            problem.missing = role
            throw problem
        }
    }

    /// Whether a space is one of its own.
    func reaches(_ space: Space) -> Bool { spaces?.contains { $0.matches(space) } ?? true }

    /// Whether it sees a tool.
    ///
    /// - Parameter name: The tool's own name.
    func sees(tool name: String, of service: String) -> Bool {
        tools?.contains { $0.description.contains("/") ? $0.matches("\(service)/\(name)") : $0.matches(name) } ?? true
    }

    /// The record that something durable of this principal has: another one who learned its id asks for another record.
    func own(record: String) -> String { id.isEmpty ? record : "\(record)-\(id)" }

    /// Whether it reaches every space, so that what belongs to the whole cluster may be ordered by it.
    var reachesAll: Bool { spaces?.contains(.all) ?? true }
}
