import Crypto
import Foundation
import MCPStoreQueue
import NIOCore

/// The hash by which equal documents are found: configurations, and what services offer.
package enum ConfigurationHash {
    /// SHA-256 in lower-case hexadecimal digits.
    package static func hex(_ bytes: ByteBuffer) -> String {
        SHA256.hash(data: Data(bytes.readableBytesView)).hexadecimal
    }
}
