import Foundation
import NIOCore

/// A prompt of a service, as its server lists it.
public struct PromptInfo: Sendable {
    /// One argument of a prompt.
    public struct Argument: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// What it is, in the server's words.
        public let description: String?
        /// Whether it must be given.
        public let isRequired: Bool
    }

    /// The prompt's own name.
    public let name: String
    /// The service that has it.
    public private(set) var service: String
    /// `service_prompt`, which is what to ask for where several services have a prompt of this name.
    public private(set) var qualifiedName: String
    /// What people see instead of the name.
    public let title: String?
    /// What it is for, in the server's words.
    public let description: String?
    /// Its arguments.
    public let arguments: [Argument]
    private let document: ByteBuffer

    /// The prompt as its server lists it: raw JSON.
    public var json: Data { Data(document.readableBytesView) }

    /// The same without a copy.
    package var rawDocument: ByteBuffer { document }

    init?(_ document: ByteBuffer, service: String) {
        guard let members = JSONMembers(document), let name = members.value("name")?.stringValue else { return nil }
        self.name = name
        self.service = service
        qualifiedName = "\(service)_\(name)"
        title = members.value("title")?.stringValue
        description = members.value("description")?.stringValue
        arguments = (members.value("arguments")?.arrayValue ?? []).compactMap { argument in
            argument["name"]?.stringValue.map {
                Argument(
                    name: $0,
                    description: argument["description"]?.stringValue,
                    isRequired: argument["required"]?.boolValue ?? false
                )
            }
        }
        self.document = document
    }

    func seen(as name: String) -> PromptInfo {
        var prompt = self
        prompt.service = name
        prompt.qualifiedName = "\(name)_\(self.name)"
        return prompt
    }
}
