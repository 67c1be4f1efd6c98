/// The JSON Schema of an object, as far as the tools here need one.
struct Schema: Sendable {
    struct Property: Sendable {
        let name: String
        let type: String
        let description: String
        var isRequired = true
    }

    let properties: [Property]
    /// The whole schema, where it is more than properties.
    private let whole: String?

    init(_ properties: Property...) {
        self.properties = properties
        self.whole = nil
    }

    init(whole: String) {
        self.properties = []
        self.whole = whole
    }

    var json: String {
        if let whole { return whole }
        let members = self.properties.map { property in
            "\(jsonText(property.name)):{\"type\":\"\(property.type)\",\"description\":\(jsonText(property.description))}"
        }
        let required = self.properties.filter(\.isRequired).map { jsonText($0.name) }
        return "{\"type\":\"object\",\"properties\":{\(members.joined(separator: ","))}"
            + ",\"required\":[\(required.joined(separator: ","))],\"additionalProperties\":false}"
    }
}
