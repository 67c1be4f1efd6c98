/// What a worker is told by its queue, on its event loop.
package struct WorkQueueHandlers: Sendable {
    /// A job to run; it occupies a slot until it is settled.
    package var start: @Sendable (Delivery) -> Void
    /// A running job was settled by somebody else: cancel it, its outcome is dropped.
    package var cancel: @Sendable (EntryID) -> Void
    /// A message other than `cancel` and `wake`.
    package var control: @Sendable (ControlMessage) -> Void
    /// The lease is gone: cancel what came from that queue and may be run again elsewhere. The queue registers anew by itself
    /// and then calls `registered`.
    package var leaseLost: @Sendable (EntryID.Origin) -> Void
    /// It is registered under this id; the services that are placed on it must be asked for again.
    package var registered: @Sendable (String) -> Void

    /// No longer every lane is watched: who submits must ring (``WorkQueue/watchesAll``).
    package var mustBeRung: @Sendable () -> Void

    package init(
        start: @escaping @Sendable (Delivery) -> Void,
        cancel: @escaping @Sendable (EntryID) -> Void,
        control: @escaping @Sendable (ControlMessage) -> Void,
        leaseLost: @escaping @Sendable (EntryID.Origin) -> Void,
        registered: @escaping @Sendable (String) -> Void,
        mustBeRung: @escaping @Sendable () -> Void = {}
    ) {
        self.start = start
        self.cancel = cancel
        self.control = control
        self.leaseLost = leaseLost
        self.registered = registered
        self.mustBeRung = mustBeRung
    }
}
