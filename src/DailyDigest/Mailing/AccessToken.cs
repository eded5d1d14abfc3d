namespace DailyDigest.Mailing;

/// <summary>An OAuth access token, with which the program logs in at a relay. Appears in no log.</summary>
/// <param name="Value">The token; secret.</param>
/// <param name="ExpiresIn">How long it is valid from now on.</param>
public sealed record AccessToken(string Value, TimeSpan ExpiresIn)
{
    /// <summary>Shows nothing of the token.</summary>
    public override string ToString() => $"access token, valid for {ExpiresIn}";
}

/// <summary>Fetches an access token. Nothing is kept here: the caller keeps the token until it expires.</summary>
/// <param name="scope">The rights that the token shall have, such as <c>https://outlook.office365.com/.default</c>.</param>
/// <param name="cancellationToken">Ends the wait.</param>
/// <exception cref="AccessTokenException">There is no token; the message says why, without secrets.</exception>
public delegate Task<AccessToken> FetchAccessToken(string scope, CancellationToken cancellationToken);

/// <summary>An access token could not be fetched.</summary>
/// <param name="message">Why, in words for an operator, without secrets.</param>
/// <param name="inner">The cause; null for none. It is not logged, because it may quote the request.</param>
public sealed class AccessTokenException(string message, Exception? inner = null) : Exception(message, inner);
