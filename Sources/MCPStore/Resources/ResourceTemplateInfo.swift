import Foundation
import NIOCore

/// A family of resources of a service: a URI with variables such as `file:///{path}`, as its server lists it.
public struct ResourceTemplateInfo: Sendable {
    /// The template (RFC 6570). A URI that fits it is read by ``StoreContext/readResource(_:service:timeout:)``.
    public let uriTemplate: String
    /// The service that has it.
    public private(set) var service: String
    /// Its name.
    public let name: String
    /// What people see instead of the name.
    public let title: String?
    /// What it is, in the server's words.
    public let description: String?
    /// The MIME type of all resources that fit, where the server says one.
    public let mimeType: String?
    let template: URITemplate
    private let document: ByteBuffer

    /// The template as its server lists it: raw JSON.
    public var json: Data { Data(document.readableBytesView) }

    /// The same without a copy.
    package var rawDocument: ByteBuffer { document }

    init?(_ document: ByteBuffer, service: String) {
        guard let members = JSONMembers(document), let uri = members.value("uriTemplate")?.stringValue else { return nil }
        uriTemplate = uri
        self.service = service
        name = members.value("name")?.stringValue ?? uri
        title = members.value("title")?.stringValue
        description = members.value("description")?.stringValue
        mimeType = members.value("mimeType")?.stringValue
        template = URITemplate(uri)
        self.document = document
    }

    func seen(as name: String) -> ResourceTemplateInfo {
        var template = self
        template.service = name
        return template
    }
}
