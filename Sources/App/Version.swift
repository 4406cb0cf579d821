/// Which Convene this is.
public enum Version {
    /// Semantic version.
    public static let number = "0.1.0"
}
