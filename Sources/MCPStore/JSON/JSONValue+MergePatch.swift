extension JSONValue {
    /// The value with a JSON merge patch applied (RFC 7396): members of the patch replace those of the same name, objects are
    /// merged, `null` removes.
    package func merging(_ patch: JSONValue) -> JSONValue {
        guard let changes = patch.objectValue else { return patch }
        var members = objectValue ?? [:]
        for (name, change) in changes {
            if change == .null {
                members.removeValue(forKey: name)
            } else {
                members[name] = (members[name] ?? .null).merging(change)
            }
        }
        return .object(members)
    }
}
