using System.Text.RegularExpressions;

namespace DailyDigest.Tests.Codebase;

/// <summary>The folders of the command line share a namespace, so references are found by the names of types.</summary>
public sealed partial class CommandFolderTests
{
    private const string Commands = "src/DailyDigest.Server/Commands/";

    /// <summary>The folders that a folder may use besides itself. The files beside the folders may use all of them.</summary>
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Terminal"] = [],
        ["Content"] = ["Terminal"],
        ["Hooks"] = ["Terminal"],
        ["Readers"] = ["Terminal"],
        ["Returns"] = ["Terminal"],
        ["Runs"] = ["Terminal"],
        ["Figures"] = ["Terminal"],
        ["Store"] = ["Terminal"],
        ["Desk"] = ["Terminal"],
        ["Doctor"] = ["Terminal"],
        [""] = ["Terminal", "Content", "Hooks", "Readers", "Returns", "Runs", "Figures", "Store", "Desk", "Doctor"],
    };

    [Fact]
    public void A_folder_of_the_command_line_uses_only_folders_below_it()
    {
        var files = Repository.Files(Commands, ".cs")
            .Select(path => (Path: path, Folder: Folder(path), Text: Repository.Read(path))).ToList();
        var types = files.SelectMany(file => Type().Matches(file.Text)
            .Select(match => (Name: match.Groups[1].Value, file.Folder))).ToList();
        Assert.Contains(("RunProgress", "Runs"), types);

        var wrong = from file in files
                    from type in types
                    where type.Folder != file.Folder && !MayUse[file.Folder].Contains(type.Folder)
                        && Regex.IsMatch(file.Text, $@"(?<![\w.""]){type.Name}\b(?!\.[a-z])")
                    select $"{file.Path} uses {type.Name}";
        Assert.Empty(wrong);
    }

    private static string Folder(string path) => path[Commands.Length..].Split('/') is [var folder, _] ? folder : "";

    [GeneratedRegex(
        @"^(?:public |internal )(?:static |sealed |abstract |partial )*(?:class|record|delegate [\w<>?\[\]]+) (\w+)",
        RegexOptions.Multiline)]
    private static partial Regex Type();
}
