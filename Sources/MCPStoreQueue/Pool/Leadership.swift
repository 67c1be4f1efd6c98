/// Who leads a pool's coordinators.
package struct Leadership: Sendable, Equatable {
    package var leader: String
    /// Grows with every change of leader; writes of an older leader are refused.
    package var token: Int
    /// Whether the asker leads.
    package var isMine: Bool

    package init(leader: String, token: Int, isMine: Bool) {
        self.leader = leader
        self.token = token
        self.isMine = isMine
    }
}
