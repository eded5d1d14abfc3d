using DailyDigest.Settings;

namespace DailyDigest.Mail;

/// <summary>
/// The last field of Feedback-ID, by which Gmail adds up complaints. It must have 5 to 15 characters, and stay the same in all mail of the
/// sender.
/// </summary>
internal static class FeedbackSender
{
    private const int MinLength = 5;
    private const int MaxLength = 15;

    /// <summary>A field of each digest. Gmail adds up each field by itself, so none may repeat another.</summary>
    private const string Stream = "digest";

    /// <summary>True if it can be the last field.</summary>
    public static bool IsValid(string text) => text.Length is >= MinLength and <= MaxLength
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
        && !text.Equals(Stream, StringComparison.OrdinalIgnoreCase);

    /// <summary>The configured one, or the publication's host if that can be one; null if there is none.</summary>
    public static string? Of(MailOptions options, Publication publication) =>
        options.FeedbackSender.Length > 0 ? options.FeedbackSender : IsValid(publication.Domain) ? publication.Domain : null;
}
