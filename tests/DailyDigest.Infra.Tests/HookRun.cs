using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using DailyDigest.Testing.Services;

namespace DailyDigest.Infra.Tests;

/// <summary>
/// Runs the hooks of azd as azd does, by sh or by PowerShell, with an azd and an az that only record. azd gives a hook the values of its
/// environment as variables.
/// </summary>
internal sealed class HookRun : IDisposable
{
    public const string Sh = "sh";
    public const string Ps1 = "ps1";

    /// <summary>The keys that the hook makes.</summary>
    public static readonly string[] NewKeys =
        ["DAILYDIGEST_NEW_LINKS_KEY", "DAILYDIGEST_NEW_IDENTITY_KEY", "DAILYDIGEST_NEW_API_KEY"];

    /// <summary>
    /// The programs are part of the repository. One that a test writes may be held open by another test's child process, and cannot be
    /// run then.
    /// </summary>
    private static readonly string Programs =
        Path.Combine(TestServices.Repository, "tests", "DailyDigest.Infra.Tests", "Programs");

    private static readonly string PowerShell = Path.Combine(
        typeof(HookRun).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == "PowerShellFolder").Value!,
        OperatingSystem.IsWindows() ? "win" : "unix", "pwsh.dll");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dailydigest-hooks-");

    /// <summary>The values of an environment in which everything was answered.</summary>
    public static Dictionary<string, string> Answered => new()
    {
        ["DAILYDIGEST_NAME"] = "N",
        ["DAILYDIGEST_TIME_ZONE"] = "Europe/Paris",
        ["DAILYDIGEST_POSTAL_ADDRESS"] = "first line\nsecond line",
        ["DAILYDIGEST_MAIL_FROM"] = "digest@example.com",
        ["DAILYDIGEST_MAIL_HOST"] = "smtp.example.com",
        ["DAILYDIGEST_MAIL_USER"] = "digest",
    };

    /// <summary>The folder in which the hook runs.</summary>
    public string Folder => folder.FullName;

    /// <summary>The subscription has the environment's vault with these secrets.</summary>
    public void HasVault(params IEnumerable<string> secrets)
    {
        const string Id = "/subscriptions/s/vault";
        Write("vaults", Id + "\n");
        Write("vaults.json", JsonSerializer.Serialize(new[]
        {
            new { id = "/subscriptions/s/other", location = "elsewhere", tags = Tags("daily") },
            new { id = Id, location = "westeurope", tags = Tags("daily") },
        }));
        Write("secrets", string.Join('\n', secrets) + "\n");
        Write("secrets.json", JsonSerializer.Serialize(new { value = secrets.Select(name => new { name }) }));
    }

    /// <summary>The environment's vault was deleted.</summary>
    public void HasDeletedVault()
    {
        Write("deleted", "digest-abc\n");
        Write("deleted.json", JsonSerializer.Serialize(new[]
        {
            new { name = "digest-abc", properties = new { location = "westeurope", tags = Tags("daily") } },
        }));
    }

    /// <summary>Writes a file that azd and az read.</summary>
    public void Write(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);

    /// <summary>The values that the hook gave to azd, the last one of each name.</summary>
    public Dictionary<string, string> Kept()
    {
        var values = new Dictionary<string, string>();
        var record = Path.Combine(Folder, "azd-calls");
        foreach (var call in File.Exists(record) ? File.ReadAllText(record).Split("\u001e", StringSplitOptions.RemoveEmptyEntries) : [])
        {
            var arguments = call.Split('\0')[..^1];
            Assert.Equal(["env", "set"], arguments[..2]);
            var (name, value) = arguments[2..] switch
            {
                ["--", var first, var second] => (first, second),
                [var one] when one.Contains('=', StringComparison.Ordinal) => (one.Split('=', 2)[0], one.Split('=', 2)[1]),
                var other => throw new InvalidOperationException("azd would not understand: " + string.Join(' ', other)),
            };
            values[name] = value;
        }

        return values;
    }

    /// <summary>Runs a hook with these lines as its input, and with these variables.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(
        string shell, string hook, string[] answers, Dictionary<string, string>? environment = null)
    {
        var file = Path.Combine(BicepTool.Infra, "hooks", $"{hook}.{shell}");
        return RunAsync(
            shell == Sh ? [TestServices.RequireProgram("sh"), file]
                : [TestServices.RequireProgram("dotnet"), PowerShell, "-NoProfile", "-File", file],
            "Recording", answers, environment ?? []);
    }

    /// <summary>Runs infra/digest.</summary>
    public Task<(int ExitCode, string Output)> RunDigestAsync(string command, Dictionary<string, string> environment) =>
        RunAsync([TestServices.RequireProgram("sh"), Path.Combine(BicepTool.Infra, "digest"), command], "Answering", [], environment);

    /// <inheritdoc/>
    public void Dispose() => folder.Delete(recursive: true);

    private static Dictionary<string, string> Tags(string environment) => new() { ["azd-env-name"] = environment };

    private async Task<(int ExitCode, string Output)> RunAsync(
        string[] command, string programs, string[] answers, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = Path.Combine(Programs, programs) + Path.PathSeparator + start.Environment["PATH"];
        start.Environment["AZURE_ENV_NAME"] = "daily";
        start.Environment["AZURE_LOCATION"] = "westeurope";
        start.Environment["AZURE_SUBSCRIPTION_ID"] = "00000000-0000-0000-0000-000000000001";

        // PowerShell keeps files in the home folder, and otherwise looks for updates and reports its use.
        start.Environment["HOME"] = Folder;
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.StandardInput.WriteAsync(string.Concat(answers.Select(answer => answer + "\n")));
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The hook ended before it read every answer.
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await error);
    }
}
