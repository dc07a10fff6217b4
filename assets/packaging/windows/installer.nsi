; The installer of the desktop program for Windows: for the user who runs it, without
; administrator rights. makensis is told VERSION, STAGE (the folder with what is
; installed) and OUTPUT.
;
; Silent: setup.exe /S [/D=FOLDER], and uninstall.exe /S [/DATA], which deletes the
; data as well.

Unicode true
Target amd64-unicode
SetCompressor /SOLID lzma
; The same bytes for the same commit: no times of files.
SetDateSave off

!include MUI2.nsh
!include LogicLib.nsh
!include FileFunc.nsh
!include Sections.nsh

!define ID app.vastrelay.desktop
!define NAME "Vast Relay"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${ID}"
; The value that the program itself writes there; app/desktop/autostart tests that
; they are the same.
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!define RUN_VALUE "Vast Relay"
!define RUN_COMMAND '"$INSTDIR\vastrelay.exe" --hidden'
; Where Task Manager and the settings of Windows note what they have switched off.
!define APPROVED "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
; The name under which the program shows notifications.
!define NOTIFIER "Software\Classes\AppUserModelId\${ID}"

Name "${NAME}"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${UNINSTALL}" InstallLocation
RequestExecutionLevel user
BrandingText "${NAME} ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow

VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "${NAME}"
VIAddVersionKey FileDescription "${NAME} setup"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey CompanyName "The Vast Relay authors"
VIAddVersionKey LegalCopyright "Copyright 2026 The Vast Relay authors, MIT licence"

!define MUI_ICON "${STAGE}\vastrelay.ico"
!define MUI_UNICON "${STAGE}\vastrelay.ico"
!define MUI_FINISHPAGE_RUN "$INSTDIR\vastrelay.exe"
!define MUI_FINISHPAGE_RUN_TEXT "$(StartNow)"
!define MUI_COMPONENTSPAGE_NODESC
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE English
!insertmacro MUI_LANGUAGE German

LangString StartNow ${LANG_ENGLISH} "Start Vast Relay"
LangString StartNow ${LANG_GERMAN} "Vast Relay starten"
LangString Program ${LANG_ENGLISH} "Vast Relay"
LangString Program ${LANG_GERMAN} "Vast Relay"
LangString AtLogin ${LANG_ENGLISH} "Open at login"
LangString AtLogin ${LANG_GERMAN} "Bei der Anmeldung öffnen"
LangString Running ${LANG_ENGLISH} "Vast Relay is running. Quit it from the bell in the tray, then try again."
LangString Running ${LANG_GERMAN} "Vast Relay läuft. Beenden Sie es über die Glocke im Infobereich und versuchen Sie es noch einmal."
LangString DeleteData ${LANG_ENGLISH} "Delete your data as well: settings, events and logs? Credentials in the Credential Manager stay; remove them in the settings of Vast Relay first."
LangString DeleteData ${LANG_GERMAN} "Auch Ihre Daten löschen: Einstellungen, Ereignisse und Protokolle? Zugangsdaten in der Anmeldeinformationsverwaltung bleiben; entfernen Sie sie vorher in den Einstellungen von Vast Relay."

; A program that runs cannot be written over, but renamed: it goes on, notices that it
; was replaced and offers to restart. What was renamed goes with the next installation.
Function Replace
  Delete "$INSTDIR\replaced-*.exe"
  ClearErrors
  Delete "$INSTDIR\vastrelay.exe"
  IfErrors 0 free
    System::Call 'kernel32::GetTickCount() i .r0'
    ClearErrors
    Rename "$INSTDIR\vastrelay.exe" "$INSTDIR\replaced-$0.exe"
    IfErrors 0 free
      MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(Running)" /SD IDCANCEL IDRETRY again
      SetErrorLevel 1
      Quit
    again:
      Call Replace
  free:
FunctionEnd

Section "$(Program)" SectionProgram
  SectionIn RO
  SetOutPath "$INSTDIR"
  Call Replace
  File "${STAGE}\vastrelay.exe"
  File "${STAGE}\licence.txt"
  File "${STAGE}\licences.txt"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\vastrelay.exe"

  WriteRegStr HKCU "${UNINSTALL}" DisplayName "${NAME}"
  WriteRegStr HKCU "${UNINSTALL}" DisplayVersion "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" DisplayIcon "$INSTDIR\vastrelay.exe"
  WriteRegStr HKCU "${UNINSTALL}" Publisher "The Vast Relay authors"
  WriteRegStr HKCU "${UNINSTALL}" InstallLocation "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" UninstallString '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" QuietUninstallString '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" NoModify 1
  WriteRegDWORD HKCU "${UNINSTALL}" NoRepair 1
  SectionGetSize ${SectionProgram} $0
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD HKCU "${UNINSTALL}" EstimatedSize $0
SectionEnd

; Not chosen unless asked for; the settings of the program show and change the same
; entry.
Section /o "$(AtLogin)" SectionLogin
  WriteRegStr HKCU "${RUN}" "${RUN_VALUE}" '${RUN_COMMAND}'
  DeleteRegValue HKCU "${APPROVED}" "${RUN_VALUE}"
SectionEnd

; What is opened at login already stays chosen.
Function .onInit
  ClearErrors
  ReadRegStr $0 HKCU "${RUN}" "${RUN_VALUE}"
  IfErrors done
    !insertmacro SelectSection ${SectionLogin}
  done:
FunctionEnd

Section Uninstall
  again:
  ClearErrors
  ; First what a copy from before an upgrade may run from: nothing is removed by half.
  Delete "$INSTDIR\replaced-*.exe"
  IfErrors running
  Delete "$INSTDIR\vastrelay.exe"
  IfErrors 0 closed
  running:
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(Running)" /SD IDCANCEL IDRETRY again
    SetErrorLevel 1
    Quit
  closed:
  Delete "$INSTDIR\licence.txt"
  Delete "$INSTDIR\licences.txt"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  DeleteRegValue HKCU "${RUN}" "${RUN_VALUE}"
  DeleteRegValue HKCU "${APPROVED}" "${RUN_VALUE}"
  DeleteRegKey HKCU "${NOTIFIER}"
  DeleteRegKey HKCU "${UNINSTALL}"

  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/DATA" $1
  ${IfNot} ${Errors}
    Goto data
  ${EndIf}
  MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "$(DeleteData)" /SD IDNO IDNO keep
  data:
    RMDir /r "$LOCALAPPDATA\vastrelay"
  keep:
SectionEnd
