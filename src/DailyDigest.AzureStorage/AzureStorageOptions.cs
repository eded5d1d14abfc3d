namespace DailyDigest.AzureStorage;

/// <summary>Which Azure Storage account keeps the state. Exactly one of connection string and account name is given.</summary>
public sealed class AzureStorageOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Storage:Azure";

    /// <summary>The account with its key, as the portal shows it; also an emulator's. A secret.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The account's name, reached as the machine's managed identity (or whoever is signed in, on a developer's machine).</summary>
    public string? AccountName { get; set; }

    /// <summary>Stands before the name of each table and queue, when several publications share an account. Letters and digits, a letter first.</summary>
    public string TablePrefix { get; set; } = "";

    /// <summary>One line per fault, naming the setting; empty when all is well. Never contains a value that may be secret.</summary>
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

        if (TablePrefix.Length > 40 || !TablePrefix.All(char.IsAsciiLetterOrDigit) || (TablePrefix != "" && !char.IsAsciiLetter(TablePrefix[0])))
        {
            yield return "Storage__Azure__TablePrefix has at most 40 letters and digits, a letter first.";
        }
    }
}
