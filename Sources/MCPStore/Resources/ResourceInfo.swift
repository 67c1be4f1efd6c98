import Foundation
import NIOCore

/// A resource of a service, as its server lists it.
public struct ResourceInfo: Sendable {
    /// Its URI, which is what ``StoreContext/readResource(_:service:timeout:)`` takes.
    public let uri: String
    /// The service that has it.
    public private(set) var service: String
    /// Its name.
    public let name: String
    /// What people see instead of the name.
    public let title: String?
    /// What it is, in the server's words.
    public let description: String?
    /// Its MIME type, where the server says one.
    public let mimeType: String?
    /// Its size in bytes, where the server says it.
    public let size: Int?
    private let document: ByteBuffer

    /// The resource as its server lists it: raw JSON.
    public var json: Data { Data(document.readableBytesView) }

    /// The same without a copy.
    package var rawDocument: ByteBuffer { document }

    init?(_ document: ByteBuffer, service: String) {
        guard let members = JSONMembers(document), let uri = members.value("uri")?.stringValue else { return nil }
        self.uri = uri
        self.service = service
        name = members.value("name")?.stringValue ?? uri
        title = members.value("title")?.stringValue
        description = members.value("description")?.stringValue
        mimeType = members.value("mimeType")?.stringValue
        size = members.value("size")?.integerValue
        self.document = document
    }

    func seen(as name: String) -> ResourceInfo {
        var resource = self
        resource.service = name
        return resource
    }
}
