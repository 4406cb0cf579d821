import LibAV

/// What reads and writes the files.
public enum MediaLibraries {
    /// Versions of FFmpeg's libraries by name.
    public static var versions: [String: String] { LibAVVersions.all }
}
