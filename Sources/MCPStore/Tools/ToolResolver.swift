import MCPStoreQueue

/// Which tool a name means. The rule is exact; nothing is ever guessed. Prompts are named by the same rule.
///
/// A name means a tool if it is the tool's own name, `service_tool`, or `mcp_service_tool`, where `-` and `_` in the service's
/// name count as equal. All tools of the space that it means are looked at together: exactly one must be left, whatever the
/// form, so that a service that joins can make a name ambiguous but never take it over. Within one service its tool's own
/// name comes first. Ambiguity is decided on (service, tool), never on the keys under which tools are stored.
package struct ToolResolver: Sendable {
    package enum Resolution: Sendable {
        case found(CallTarget)
        /// Several tools, in the order of their services.
        case ambiguous([CallTarget])
        case unknown
    }

    /// The tools that a name may mean, by the name with every `-` as `_`: one look for all three forms.
    private var names: [String: [CallTarget]] = [:]

    package init() {}

    package mutating func insert(_ target: CallTarget) {
        for name in Self.canonicalNames(target) { names[name, default: []].append(target) }
    }

    package mutating func remove(_ target: CallTarget) {
        for name in Self.canonicalNames(target) {
            names[name]?.removeAll { $0 === target }
            if names[name]?.isEmpty == true { names[name] = nil }
        }
    }

    /// - Parameter service: The service that is meant; needed only where all names of a tool are ambiguous.
    package func resolve(_ name: String, service: String? = nil) -> Resolution {
        guard let candidates = names[Self.canonical(name)] else { return .unknown }
        var own: [CallTarget] = []
        var qualified: [CallTarget] = []
        for target in candidates where service == nil || service == target.serviceName {
            if target.tool.utf8.elementsEqual(name.utf8) {
                own.append(target)
            } else if Self.isQualified(name, target) {
                qualified.append(target)
            }
        }
        let meant = own + qualified.filter { target in !own.contains { $0.service == target.service } }
        switch meant.count {
        case 0: return .unknown
        case 1: return .found(meant[0])
        default: return .ambiguous(meant.sorted { ($0.serviceName, $0.tool) < ($1.serviceName, $1.tool) })
        }
    }

    /// The shortest name that means this tool and no other; `nil` where there is none and the service must be said too.
    package func clearName(of target: CallTarget, qualified: Bool = true) -> String? {
        let names = [target.qualifiedName, "mcp_" + target.qualifiedName]
        return (qualified ? names + [target.tool] : [target.tool] + names).first { name in
            if case .found(let found) = resolve(name) { found === target } else { false }
        }
    }

    /// Whether `name` is `service_tool` or `mcp_service_tool` of a tool.
    private static func isQualified(_ name: String, _ target: CallTarget) -> Bool {
        let bytes = name.utf8
        return isPrefixed(bytes[...], target)
            || bytes.starts(with: "mcp_".utf8) && isPrefixed(bytes.dropFirst(4), target)
    }

    private static func isPrefixed(_ name: Substring.UTF8View, _ target: CallTarget) -> Bool {
        let service = target.serviceName.utf8
        guard let cut = name.index(name.startIndex, offsetBy: service.count, limitedBy: name.endIndex), cut < name.endIndex else {
            return false
        }
        return name[cut] == UInt8(ascii: "_")
            && name[..<cut].elementsEqual(service) { fold($0) == fold($1) }
            && name[name.index(after: cut)...].elementsEqual(target.tool.utf8)
    }

    private static func fold(_ byte: UInt8) -> UInt8 { byte == UInt8(ascii: "-") ? UInt8(ascii: "_") : byte }

    private static func canonical(_ name: String) -> String {
        guard name.utf8.contains(UInt8(ascii: "-")) else { return name }
        return String(decoding: name.utf8.map(fold), as: UTF8.self)
    }

    private static func canonicalNames(_ target: CallTarget) -> Set<String> {
        let qualified = canonical(target.qualifiedName)
        return [canonical(target.tool), qualified, "mcp_" + qualified]
    }
}
