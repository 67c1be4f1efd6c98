/// The JSON Schema of an object, as far as the tools here need one.
struct Schema: Sendable {
    struct Property: Sendable {
        let name: String
        let type: String
        let description: String
        var isRequired = true
    }

    let properties: [Property]

    init(_ properties: Property...) {
        self.properties = properties
    }

    var json: String {
        let members = self.properties.map { property in
            "\(jsonText(property.name)):{\"type\":\"\(property.type)\",\"description\":\(jsonText(property.description))}"
        }
        let required = self.properties.filter(\.isRequired).map { jsonText($0.name) }
        return "{\"type\":\"object\",\"properties\":{\(members.joined(separator: ","))}"
            + ",\"required\":[\(required.joined(separator: ","))],\"additionalProperties\":false}"
    }
}
