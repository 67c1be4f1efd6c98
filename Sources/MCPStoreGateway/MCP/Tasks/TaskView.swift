import MCPStore
import NIOCore

/// A task as its client sees it: over all of the rounds that it took.
struct TaskView: Sendable {
    enum State: Sendable {
        case working
        /// What it asks its client for, and was not answered.
        case inputRequired([TaskQuestion])
        case answered(ForwardedAnswer)
        case failed(MCPStoreError)
        case cancelled
    }

    var state: State
    /// The record of its present round.
    var record: String
    /// When it came to be so, in microseconds; 0 where that is not known.
    var updated: Int

    init(_ state: State, record: String, updated: Int = 0) {
        self.state = state
        self.record = record
        self.updated = updated
    }

    init(_ state: State, of id: TaskID) { self.init(state, record: id.record) }

    /// As on the wire.
    var status: String {
        switch state {
        case .working: "working"
        case .inputRequired: "input_required"
        case .answered(.result), .failed: "completed"
        case .answered(.serverError): "failed"
        case .cancelled: "cancelled"
        }
    }

    /// Whether nothing changes any more.
    var isOver: Bool {
        switch state {
        case .working, .inputRequired: false
        case .answered, .failed, .cancelled: true
        }
    }

    /// What tells two states apart.
    var mark: String {
        guard case .inputRequired(let open) = state else { return status }
        return ([status] + open.map(\.shownKey)).joined(separator: "\n")
    }
}
