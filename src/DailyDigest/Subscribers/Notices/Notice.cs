namespace DailyDigest.Subscribers;

/// <summary>The service mails. None carries text of the reader's.</summary>
public enum NoticeKind
{
    /// <summary>"Confirm your subscription", with the link to the confirm page.</summary>
    Confirm,

    /// <summary>"You are subscribed already", with the link to the preferences.</summary>
    AlreadySubscribed,

    /// <summary>"Have your digest sent here", with the link to the page where a new address is confirmed.</summary>
    NewAddress,

    /// <summary>"Your digest goes to another address now", to the old one, with a link that ends the subscription and does nothing else.</summary>
    AddressChanged,
}

/// <summary>A service mail's parts.</summary>
/// <param name="Subject">Not encoded.</param>
/// <param name="Html">The HTML part.</param>
/// <param name="Text">The plain-text part.</param>
public sealed record NoticeText(string Subject, string Html, string Text);

/// <summary>Renders service mails; one implementation knows RazorLight (DailyDigest.Mail).</summary>
public interface INoticeRenderer
{
    /// <summary>Renders the notice in the language (one of the publication's) around one link.</summary>
    Task<NoticeText> RenderAsync(NoticeKind kind, string language, string url, CancellationToken cancellationToken);
}
