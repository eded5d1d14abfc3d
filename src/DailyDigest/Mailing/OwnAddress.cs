namespace DailyDigest.Mailing;

/// <summary>An address of the publication itself, to which no digest can go.</summary>
/// <param name="Text">The address, not validated.</param>
public sealed record OwnAddress(string Text)
{
    /// <summary>True if this is the same mailbox.</summary>
    public bool Is(EmailAddress address) => EmailAddress.TryParse(Text, out var own) && own.Normalized == address.Normalized;
}
