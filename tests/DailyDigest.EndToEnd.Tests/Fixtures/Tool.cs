using System.Diagnostics;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>Programs of the machine that run to their end.</summary>
internal static class Tool
{
    /// <summary>Runs a program; returns its exit code and what it printed on both streams.</summary>
    public static async Task<(int Code, string Said)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>Runs a program that must succeed; returns what it printed on both streams.</summary>
    public static async Task<string> SucceedAsync(string program, params string[] arguments)
    {
        var (code, said) = await RunAsync(program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}: {said}");
        return said;
    }
}
