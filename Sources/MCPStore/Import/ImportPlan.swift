/// What an import will add, and what it leaves and why. It holds no value of a secret.
package struct ImportPlan: Sendable {
    /// A service that is to be added.
    package struct Service: Sendable, Hashable {
        package var name: String
        /// Its name in the file, where that is another.
        package var renamedFrom: String?
        package var file: String
        /// Where in the file it stands, such as `mcpServers`.
        package var place: String
        /// As it will be stored, references in the place of secrets.
        package var configuration: JSONValue
        /// What was noticed, one line each.
        package var notes: [String]
        /// Variables that workers must have for it, by name.
        package var variables: [String]
    }

    /// A service that is not.
    package struct Left: Sendable, Hashable {
        package var name: String
        package var file: String
        package var reason: String
    }

    /// A secret that stood in a file, and the reference that took its place.
    package struct Replacement: Sendable, Hashable {
        package var variable: String
        package var service: String
        /// `'API_KEY' in 'env'`
        package var place: String
        package var file: String
    }

    package var services: [Service] = []
    package var left: [Left] = []
    package var replacements: [Replacement] = []

    package init() {}

    /// Takes a service back.
    package mutating func leave(_ service: Service, _ reason: String) {
        services.removeAll { $0.name == service.name }
        replacements.removeAll { $0.service == service.name }
        left.append(Left(name: service.renamedFrom ?? service.name, file: service.file, reason: reason))
    }

    /// Variables that workers must have, each once, by name.
    package var variables: [String] { Set(services.flatMap(\.variables)).sorted() }
}
