/// Something that changed in the registry, as one context sees it.
public enum StoreEvent: Sendable, Hashable {
    /// A service was added.
    case serviceAdded(service: String)
    /// The configuration of a service was changed.
    case serviceChanged(service: String)
    /// A service was removed.
    case serviceRemoved(service: String)
    /// A service has another status (`initializing`, `healthy`, …), or the same for another reason.
    case stateChanged(service: String, status: String, reason: String)
    /// A service offers other tools, resources or prompts than before.
    case toolsChanged(service: String)
    /// Events were missed: too many came while nobody took them, or the connection to Redis was lost for a while. What is of
    /// interest must be read anew.
    case missed

    /// The name of the kind, as machines see it: `serviceAdded`, …
    public var kind: String {
        switch self {
        case .serviceAdded: "serviceAdded"
        case .serviceChanged: "serviceChanged"
        case .serviceRemoved: "serviceRemoved"
        case .stateChanged: "stateChanged"
        case .toolsChanged: "toolsChanged"
        case .missed: "missed"
        }
    }

    /// The service that it is about; `nil` with ``missed``.
    public var service: String? {
        switch self {
        case .serviceAdded(let service), .serviceChanged(let service), .serviceRemoved(let service),
            .stateChanged(let service, _, _), .toolsChanged(let service):
            service
        case .missed: nil
        }
    }
}
