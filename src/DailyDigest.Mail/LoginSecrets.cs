using System.Text;

namespace DailyDigest.Mail;

/// <summary>The secrets of mail servers' logins, to be removed from texts: a server may echo a command.</summary>
internal sealed class LoginSecrets(params IReadOnlyList<MailServerOptions> servers)
{
    /// <summary>Tokens that are still in use or under way: the last ones of each server.</summary>
    private readonly int maxTokens = 4 * Math.Max(1, servers.Count);

    private readonly string[] passwords = Passwords(servers);
    private readonly Lock gate = new();
    private volatile IReadOnlyList<string[]> tokens = [];

    /// <summary>Hides an access token of this user in every later text.</summary>
    public void Hide(string user, string token)
    {
        string[] forms =
        [
            Base64($"user={user}\u0001auth=Bearer {token}\u0001\u0001"),
            Base64(token),
            token,
        ];
        lock (gate)
        {
            tokens = [forms, .. tokens.Where(other => other[^1] != token).Take(maxTokens - 1)];
        }
    }

    /// <summary>The text with three asterisks in place of each secret.</summary>
    public string Remove(string text)
    {
        foreach (var secret in tokens.SelectMany(forms => forms).Concat(passwords))
        {
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>
    /// Every password as it is written and as AUTH carries it, and the secrets for a token endpoint. The longest comes first, because one
    /// may contain another.
    /// </summary>
    private static string[] Passwords(IReadOnlyList<MailServerOptions> servers) =>
    [
        .. servers.Where(server => server.Password.Length > 0).SelectMany(server => new[]
        {
            Base64($"\0{server.User}\0{server.Password}"),
            Base64(server.Password),
            server.Password,
        }).Concat(servers.SelectMany(server => server.OAuth.Secrets)).OrderByDescending(secret => secret.Length),
    ];

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
