/** What may be written about a child. State of enrolment, guardians, payment and biometrics have ways of their own. */
import { z } from 'zod';
import { filledText, instant, text } from '../../query/input.ts';
import { ageGroup, childrenBloodType } from '../../rows/values.ts';

const note = text.max(10_000).nullable();
const line = text.max(500).nullable();
const list = z.array(filledText(500)).max(100).readonly();
const flag = z.boolean();

/** What every child has. */
export const requiredOfChild = {
  firstName: filledText(200),
  lastName: filledText(200),
  dateOfBirth: instant,
  ageGroup,
  room: filledText(200),
  parentName: filledText(500),
};

/** What a child may have. */
export const optionalOfChild = {
  parentEmail: line,
  parentPhone: line,
  emergencyContactName: line,
  emergencyContactPhone: line,
  allergies: list,
  medicalNotes: note,
  immunizations: list,
  profilePhotoUrl: text.max(2000).nullable(),
  enrollmentDate: instant,
  /** Cents. */
  tuitionRate: z.int32().min(0).nullable(),
  medicalConditions: list,
  bloodType: childrenBloodType.nullable(),
  primaryPhysician: line,
  currentMedications: note,
  dietaryRestrictions: list,
  foodAllergies: list,
  specialCareInstructions: note,
  physicalLimitations: note,
  emergencyMedicalAuthorization: flag,
  epiPenRequired: flag,
  inhalerRequired: flag,
  physicianPhone: line,
  pediatricianName: line,
  pediatricianPhone: line,
  preferredHospital: line,
  insuranceProvider: line,
  insurancePolicyNumber: line,
  insuranceGroupNumber: line,
  medicalActionPlan: note,
  immunizationRecords: note,
  immunizationExemptions: list,
  nextImmunizationDue: instant.nullable(),
  lastHealthCheck: instant.nullable(),
  healthCheckNotes: note,
};

/** The column of each key. */
export const childColumnOf: Readonly<
  Record<keyof typeof requiredOfChild | keyof typeof optionalOfChild, string>
> = {
  firstName: 'first_name',
  lastName: 'last_name',
  dateOfBirth: 'date_of_birth',
  ageGroup: 'age_group',
  room: 'room',
  parentName: 'parent_name',
  parentEmail: 'parent_email',
  parentPhone: 'parent_phone',
  emergencyContactName: 'emergency_contact_name',
  emergencyContactPhone: 'emergency_contact_phone',
  allergies: 'allergies',
  medicalNotes: 'medical_notes',
  immunizations: 'immunizations',
  profilePhotoUrl: 'profile_photo_url',
  enrollmentDate: 'enrollment_date',
  tuitionRate: 'tuition_rate',
  medicalConditions: 'medical_conditions',
  bloodType: 'blood_type',
  primaryPhysician: 'primary_physician',
  currentMedications: 'current_medications',
  dietaryRestrictions: 'dietary_restrictions',
  foodAllergies: 'food_allergies',
  specialCareInstructions: 'special_care_instructions',
  physicalLimitations: 'physical_limitations',
  emergencyMedicalAuthorization: 'emergency_medical_authorization',
  epiPenRequired: 'epi_pen_required',
  inhalerRequired: 'inhaler_required',
  physicianPhone: 'physician_phone',
  pediatricianName: 'pediatrician_name',
  pediatricianPhone: 'pediatrician_phone',
  preferredHospital: 'preferred_hospital',
  insuranceProvider: 'insurance_provider',
  insurancePolicyNumber: 'insurance_policy_number',
  insuranceGroupNumber: 'insurance_group_number',
  medicalActionPlan: 'medical_action_plan',
  immunizationRecords: 'immunization_records',
  immunizationExemptions: 'immunization_exemptions',
  nextImmunizationDue: 'next_immunization_due',
  lastHealthCheck: 'last_health_check',
  healthCheckNotes: 'health_check_notes',
};
