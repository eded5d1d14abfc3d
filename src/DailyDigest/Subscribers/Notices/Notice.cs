namespace DailyDigest.Subscribers;

/// <summary>The kinds of service mail. None contains text from the reader.</summary>
public enum NoticeKind
{
    /// <summary>"Confirm your subscription", with the link to the confirm page.</summary>
    Confirm,

    /// <summary>"You are subscribed already", with the link to the preferences.</summary>
    AlreadySubscribed,

    /// <summary>"Have your digest sent here", with the link to the page where a new address is confirmed.</summary>
    NewAddress,

    /// <summary>
    /// "Your digest goes to another address now", to the old one, with a link that takes the move back or ends the subscription.
    /// </summary>
    AddressChanged,

    /// <summary>"The digest went back", to the address that is left by it, with the link to the front page.</summary>
    AddressReturned,

    /// <summary>The link to the data, to the subscriber's address.</summary>
    DataLink,

    /// <summary>The link to the form for a new address, to the present one.</summary>
    MoveLink,

    /// <summary>The link to the erasure, to the subscriber's address.</summary>
    EraseLink,
}

/// <summary>The rendered parts of a service mail.</summary>
/// <param name="Subject">The subject, not encoded.</param>
/// <param name="Html">The HTML part.</param>
/// <param name="Text">The plain-text part.</param>
public sealed record NoticeText(string Subject, string Html, string Text);

/// <summary>Renders service mails. DailyDigest.Mail implements it with RazorLight.</summary>
public interface INoticeRenderer
{
    /// <summary>Renders the notice with its link in a language of the publication.</summary>
    Task<NoticeText> RenderAsync(NoticeKind kind, string language, string url, CancellationToken cancellationToken);
}
