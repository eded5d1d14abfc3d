namespace DailyDigest.AzureStorage;

/// <summary>The Azure Storage account with the state. Set either the connection string or the account name.</summary>
public sealed class AzureStorageOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Storage:Azure";

    /// <summary>The connection string with the account's key, as the portal shows it, or an emulator's. It is secret.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The account's name. Access is by managed identity, or by the signed-in user on a developer's machine.</summary>
    public string? AccountName { get; set; }

    /// <summary>Prefix of every table and queue, for publications that share an account. Letters and digits, a letter first.</summary>
    public string TablePrefix { get; set; } = "";

    /// <summary>One line per fault, each naming its setting. A line never contains a value, which may be secret.</summary>
    public IEnumerable<string> Validate()
    {
        if (string.IsNullOrWhiteSpace(ConnectionString) == string.IsNullOrWhiteSpace(AccountName))
        {
            yield return "Set exactly one of Storage__Azure__ConnectionString and Storage__Azure__AccountName.";
        }

        if (!string.IsNullOrWhiteSpace(AccountName)
            && (AccountName.Length is < 3 or > 24 || !AccountName.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))))
        {
            yield return "Storage__Azure__AccountName is not an account's name: 3 to 24 lower-case letters and digits.";
        }

        if (TablePrefix.Length > 40 || !TablePrefix.All(char.IsAsciiLetterOrDigit)
            || (TablePrefix != "" && !char.IsAsciiLetter(TablePrefix[0])))
        {
            yield return "Storage__Azure__TablePrefix has at most 40 letters and digits, a letter first.";
        }
    }
}
